using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>A pool: members as storage had them on activation, then as gateways report. Nothing of it is written.</summary>
[GrainType("gateway-pool")]
internal sealed class GatewayPoolGrain(IDbContextFactory<SiloDbContext> contexts, SiloStart start, TimeProvider time) : Grain, IGatewayPoolGrain
{
    private readonly SortedDictionary<string, Entry> _members = new(StringComparer.Ordinal);
    private DateTimeOffset _since;

    // Rises over restarts too: connectors compare the lists that they hold.
    private long _version;

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
            _members[row.Id] = new Entry(member, null);
        }
    }

    public Task ReportAsync(PoolMember member, CancellationToken cancellationToken)
    {
        var known = _members.GetValueOrDefault(member.Gateway);
        if (known is null || Membership(known.Member) != Membership(member))
        {
            _version++;
        }
        // A change that an administrator made is not a sign of life.
        var heard = member.Heard ? start.Steady : known?.Heard;
        _members[member.Gateway] = new Entry(member with { Heard = known?.Member.Heard ?? member.Heard }, heard);
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
        foreach (var (id, entry) in _members.ToArray())
        {
            var heard = PoolLiveness.IsHeard(entry.Heard, _since, now);
            var fallen = PoolLiveness.HasJustFallen(entry.Heard, now);
            _version += heard == entry.Member.Heard ? 0 : 1;
            _members[id] = entry with { Member = entry.Member with { Heard = heard, JustFallen = fallen } };
        }
        var active = _members.Values.Where(entry => entry.Member.WantedState == WantedState.Active).Select(entry => entry.Heard);
        return Task.FromResult(new PoolSnapshot(
            _version, PoolLiveness.IsDoubtful(active, now - start.TrustedFor, now), [.. _members.Values.Select(entry => entry.Member)]));
    }

    public Task<long> GetVersionAsync(CancellationToken cancellationToken) => Task.FromResult(_version);

    private static (string, int, int, WantedState) Membership(PoolMember member) => (member.Host, member.Port, member.Weight, member.WantedState);

    private sealed record Entry(PoolMember Member, DateTimeOffset? Heard);
}
