namespace Headgate.Portal.Provider.Tenants;

/// <summary>A quota while it is edited: what it was when the edit began, and what was made of it.</summary>
internal sealed class QuotaForm
{
    /// <summary>The smallest limit.</summary>
    public const long MinLimitBytes = 1L << 20;

    /// <summary>Begins an edit.</summary>
    public QuotaForm(QuotaInfo quota) => (Version, LimitBytes, HasSoftLimit, SoftLimitBytes) = (
        quota.Version, quota.LimitBytes, quota.SoftLimitBytes is not null, quota.SoftLimitBytes ?? quota.LimitBytes / 10 * 9);

    /// <summary>The version that it is stored against.</summary>
    public long Version { get; }

    /// <summary>The limit; 0: what was typed is no size.</summary>
    public long LimitBytes { get; set; }

    /// <summary>Whether there is a soft limit.</summary>
    public bool HasSoftLimit { get; set; }

    /// <summary>The soft limit, where there is one; 0: what was typed is no size.</summary>
    public long SoftLimitBytes { get; set; }

    /// <summary>Everything that is wrong.</summary>
    /// <param name="faults">Takes it.</param>
    /// <param name="limit">The limit's field.</param>
    /// <param name="softLimit">The soft limit's.</param>
    public void Check(Faults faults, string limit, string softLimit)
    {
        faults.Clear();
        faults.Check(limit, LimitBytes >= MinLimitBytes, "A size is 1 MiB or more, such as 500 GiB.");
        faults.Check(
            softLimit, !HasSoftLimit || (SoftLimitBytes > 0 && SoftLimitBytes <= LimitBytes), $"A soft limit is a size of at most the limit, {Sizes.Of(LimitBytes)}.");
    }

    /// <summary>What to ask for.</summary>
    public QuotaTerms ToTerms() => new(LimitBytes, HasSoftLimit ? SoftLimitBytes : 0);

    /// <summary>What somebody else has stored otherwise meanwhile.</summary>
    public Conflict[] ConflictsWith(QuotaInfo stored) => [.. new Conflict[]
    {
        new("Limit", Sizes.Of(LimitBytes), Sizes.Of(stored.LimitBytes)),
        new("Soft limit", Soft(HasSoftLimit ? SoftLimitBytes : null), Soft(stored.SoftLimitBytes)),
    }.Where(conflict => conflict.Mine != conflict.Theirs)];

    private static string Soft(long? bytes) => bytes is { } soft ? Sizes.Of(soft) : "none";
}
