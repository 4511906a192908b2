using System.Globalization;

namespace Headgate.Portal.Provider.Tenants;

/// <summary>
/// A tenant's settings while they are edited: what they were when the edit began, and what was made of them. Only what was touched here is stored, so a change that
/// somebody else made to another field is no conflict.
/// </summary>
internal sealed class TenantForm
{
    private const int MaxRunLimit = 10_000;

    /// <summary>Fields as refusals name them.</summary>
    public static readonly string[] Fields = ["displayName", "runLimit", "bytesPerSecond", "pools", "leaseEnds"];

    private TenantInfo _base;

    /// <summary>Begins an edit.</summary>
    public TenantForm(TenantInfo tenant)
    {
        _base = tenant;
        Take(tenant);
    }

    /// <summary>Free text.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>End of service, UTC; null: no end.</summary>
    public DateTime? LeaseEnds { get; set; }

    /// <summary>Jobs at once; 0: no limit; null: what was typed is no number.</summary>
    public int? RunLimit { get; set; }

    /// <summary>Bandwidth limit, as typed.</summary>
    public string Bandwidth { get; set; } = "";

    /// <summary>Gateway pools; none: the default one.</summary>
    public ImmutableSortedSet<string> Pools { get; set; } = [];

    /// <summary>Whether nothing was changed.</summary>
    public bool IsUntouched => Touched(_base).Count == 0;

    /// <summary>Everything that is wrong.</summary>
    public void Check(Faults faults)
    {
        faults.Clear();
        if (Names.FaultOf(DisplayName) is { } fault)
        {
            faults.Add("displayName", fault);
        }

        faults.Check("runLimit", RunLimit is >= 0 and <= MaxRunLimit, $"A run limit is a whole number from 0, which is no limit, to {MaxRunLimit}.");
        CheckBandwidth(faults, Bandwidth);
    }

    /// <summary>What to ask for: the fields that were touched, against the version that they were read at.</summary>
    public ChangeTenant ToChange() => new(
        DisplayName == _base.DisplayName ? null : DisplayName.Trim(),
        null,
        PoolsText(Pools) == PoolsText(_base.Pools) ? null : [.. Pools],
        LeaseEnds == Minute(_base.LeaseEnds) ? null : LeaseEnds is { } ends ? new DateTimeOffset(ends, TimeSpan.Zero) : DateTimeOffset.MaxValue,
        RunLimit == _base.RunLimit ? null : RunLimit,
        _base.Version,
        BytesPerSecond == _base.BytesPerSecond ? null : BytesPerSecond ?? 0);

    /// <summary>The fields that were touched both here and by somebody else, to another value.</summary>
    public IReadOnlyList<Conflict> ConflictsWith(TenantInfo stored)
    {
        var theirs = new TenantForm(stored).Touched(_base);
        return [.. Touched(_base)
            .Where(mine => theirs.TryGetValue(mine.Key, out var their) && their != mine.Value)
            .Select(mine => new Conflict(mine.Key, mine.Value, theirs[mine.Key]))];
    }

    /// <summary>Goes on from what is stored now: fields that were not touched here take its values, the others keep what was typed.</summary>
    public void Rebase(TenantInfo stored)
    {
        var mine = ToChange();
        var (name, ends, limit, bandwidth, pools) = (DisplayName, LeaseEnds, RunLimit, Bandwidth, Pools);
        _base = stored;
        Take(stored);
        DisplayName = mine.DisplayName is null ? DisplayName : name;
        LeaseEnds = mine.LeaseEnds is null ? LeaseEnds : ends;
        RunLimit = mine.RunLimit is null ? RunLimit : limit;
        Bandwidth = mine.BytesPerSecond is null ? Bandwidth : bandwidth;
        Pools = mine.Pools is null ? Pools : pools;
    }

    /// <summary>Says so when what was typed is no limit.</summary>
    public static void CheckBandwidth(Faults faults, string typed) =>
        faults.Check("bytesPerSecond", TenantBandwidth.TryParse(typed.Length == 0 ? "none" : typed, out _), $"A bandwidth limit is {TenantBandwidth.Allowed}.");

    // Nothing typed means none; what cannot be is found by the check.
    private long? BytesPerSecond => TenantBandwidth.TryParse(Bandwidth, out var limit) ? limit : null;

    private static string PoolsText(IEnumerable<string> pools) => string.Join(", ", pools.DefaultIfEmpty("default").Order(StringComparer.Ordinal));

    // As the field shows it; seconds that somebody set elsewhere are no change made here.
    private static DateTime? Minute(DateTimeOffset? time) =>
        time is { } at ? DateTime.SpecifyKind(new DateTime(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMinute)), DateTimeKind.Unspecified) : null;

    private static string Shown(DateTime? ends) => ends is { } at ? at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC" : "no end";

    private static string Shown(int? limit) => limit is > 0 ? limit.Value.ToString(CultureInfo.InvariantCulture) : "no limit";

    private void Take(TenantInfo tenant)
    {
        (DisplayName, LeaseEnds, RunLimit, Bandwidth) = (tenant.DisplayName, Minute(tenant.LeaseEnds), tenant.RunLimit, TenantBandwidth.Format(tenant.BytesPerSecond));
        Pools = [.. tenant.Pools];
    }

    private Dictionary<string, string> Touched(TenantInfo before)
    {
        var touched = new Dictionary<string, string>();
        if (DisplayName != before.DisplayName)
        {
            touched["Name"] = DisplayName;
        }

        if (LeaseEnds != Minute(before.LeaseEnds))
        {
            touched["End of service"] = Shown(LeaseEnds);
        }

        if (RunLimit != before.RunLimit)
        {
            touched["Jobs at once"] = Shown(RunLimit);
        }

        if (BytesPerSecond != before.BytesPerSecond)
        {
            touched["Bandwidth limit"] = TenantBandwidth.Format(BytesPerSecond);
        }

        if (PoolsText(Pools) != PoolsText(before.Pools))
        {
            touched["Gateway pools"] = PoolsText(Pools);
        }

        return touched;
    }
}
