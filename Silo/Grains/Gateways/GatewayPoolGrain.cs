using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// A pool: members as storage had them on activation, then as gateways report. Nothing of it is written. Whoever asks for its version alone is told of a silence
/// too: time changes a pool as much as reports do.
/// </summary>
[GrainType("gateway-pool")]
internal sealed class GatewayPoolGrain(IDbContextFactory<SiloDbContext> contexts, SiloStart start, TimeProvider time) : Grain, IGatewayPoolGrain
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(500);

    private readonly SortedDictionary<string, Entry> _members = new(StringComparer.Ordinal);
    private readonly HeldLoads _held = new();
    private DateTimeOffset _since;

    // Rises over restarts too: connectors compare the lists that they hold.
    private long _version;
    private bool _doubtful;

    // Before this, time alone changes nothing. Heartbeats move what is due further away and leave this as it is.
    private DateTimeOffset _due = DateTimeOffset.MinValue;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _since = start.Steady;
        _version = time.GetUtcNow().ToUnixTimeMilliseconds();
        var pool = this.GetPrimaryKeyString();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Gateways
            .Where(row => row.Serial != null && !row.Revoked && db.GatewayPools.Any(member => member.Gateway == row.Id && member.Pool == pool))
            .ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            var member = new PoolMember(row.Id, row.Host, row.Port, row.Weight, row.WantedState, true, 0, 0, 0);
            _members[row.Id] = new Entry(member, null, new Trials());
        }
    }

    public Task ReportAsync(PoolMember member, CancellationToken cancellationToken)
    {
        var known = _members.GetValueOrDefault(member.Gateway);
        // A change that an administrator made is not a sign of life.
        var heard = member.Heard ? start.Steady : known?.Heard;
        var isHeard = member.Heard || known is { Member.Heard: true };
        if (known is null || known.Member.Heard != isHeard || Membership(known.Member) != Membership(member))
        {
            _version++;
        }
        var trials = known?.Trials ?? new Trials();
        _members[member.Gateway] = new Entry(member with { Heard = isHeard, JustFallen = false, Doubt = known?.Member.Doubt, Held = known?.Member.Held ?? 0 }, heard, trials);
        _due = heard + PoolLiveness.Silence is { } silent && silent < _due ? silent : _due;
        return Task.CompletedTask;
    }

    public Task NoteTrialsAsync(string tenant, ImmutableArray<TrialCount> trials, CancellationToken cancellationToken)
    {
        var now = start.Steady;
        foreach (var trial in trials)
        {
            if (_members.TryGetValue(trial.Gateway, out var known))
            {
                known.Trials.Note(tenant, trial, now);
                var doubt = known.Trials.Judge(now);
                _version += Sinks(doubt) == Sinks(known.Member.Doubt) ? 0 : 1;
                _members[trial.Gateway] = known with { Member = known.Member with { Doubt = doubt } };
            }
        }
        return Task.CompletedTask;
    }

    public Task NoteHeldAsync(string repository, ImmutableArray<HeldCount> held, CancellationToken cancellationToken)
    {
        _held.Note(repository, held, start.Steady);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string gateway, CancellationToken cancellationToken)
    {
        if (_members.Remove(gateway))
        {
            _version++;
        }
        return Task.CompletedTask;
    }

    public Task<PoolSnapshot> GetAsync(CancellationToken cancellationToken)
    {
        var now = start.Steady;
        Look(now);
        SetHeld(now);
        return Task.FromResult(new PoolSnapshot(_version, _doubtful, [.. _members.Values.Select(entry => entry.Member)]));
    }

    public Task<long> GetVersionAsync(CancellationToken cancellationToken)
    {
        if (start.Steady is var now && now > _due)
        {
            Look(now);
        }
        return Task.FromResult(_version);
    }

    /// <summary>Sees who is silent now, and whether to believe it. A view that is doubted is another list, and so is one that is no longer.</summary>
    private void Look(DateTimeOffset now)
    {
        _due = DateTimeOffset.MaxValue;
        foreach (var (id, entry) in _members.ToArray())
        {
            var heard = PoolLiveness.IsHeard(entry.Heard, _since, now);
            var fallen = PoolLiveness.HasJustFallen(entry.Heard, now);
            var doubt = entry.Trials.Judge(now);
            _version += heard == entry.Member.Heard && Sinks(doubt) == Sinks(entry.Member.Doubt) ? 0 : 1;
            if (heard != entry.Member.Heard || fallen != entry.Member.JustFallen || doubt is not null || entry.Member.Doubt is not null)
            {
                _members[id] = entry with { Member = entry.Member with { Heard = heard, JustFallen = fallen, Doubt = doubt } };
            }
            if (heard && (entry.Heard is { } last ? last + PoolLiveness.Silence : _since + PoolLiveness.Grace) is var silent && silent < _due)
            {
                _due = silent;
            }
        }
        var active = _members.Values.Where(entry => entry.Member.WantedState == WantedState.Active).Select(entry => entry.Heard);
        var doubtful = PoolLiveness.IsDoubtful(active, now - start.TrustedFor, now);
        _version += doubtful == _doubtful ? 0 : 1;
        _doubtful = doubtful;
        if (doubtful && now + s_lookAgain < _due)
        {
            _due = now + s_lookAgain;
        }
    }

    // As loads do, this changes no version: who holds a list need not hear of it.
    private void SetHeld(DateTimeOffset now)
    {
        var held = _held.Judge([.. _members.Values.Select(entry => entry.Member)], now);
        foreach (var (id, entry) in _members.ToArray())
        {
            if (held.GetValueOrDefault(id) is var counts && counts != entry.Member.Held)
            {
                _members[id] = entry with { Member = entry.Member with { Held = counts } };
            }
        }
    }

    private static bool Sinks(GatewayDoubt? doubt) => doubt is { SinksForAll: true };

    private static (string, int, int, WantedState) Membership(PoolMember member) => (member.Host, member.Port, member.Weight, member.WantedState);

    private sealed record Entry(PoolMember Member, DateTimeOffset? Heard, Trials Trials);
}
