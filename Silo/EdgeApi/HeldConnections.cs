using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Tells pools what repositories' heartbeats say of their gateways. Which gateway is in which pool is read again when it is older than <see cref="s_again"/>: a pool that a gateway
/// joined a moment ago hears of it with the next heartbeat but one. Safe for concurrent use.
/// </summary>
internal sealed class HeldConnections(IClusterClient grains, IDbContextFactory<SiloDbContext> contexts, GrainMetrics metrics, TimeProvider time)
{
    private const int MaxGateways = 10_000;
    private const int MaxConnections = 1_000_000;

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(2);

    // By repository, the pools that heard of something last time.
    private readonly ConcurrentDictionary<string, string[]> _told = new(StringComparer.Ordinal);
    private Pools? _pools;

    /// <summary>Checks what a heartbeat says of gateways.</summary>
    public static void Check(FieldChecks checks, IReadOnlyList<GatewayConnections>? gateways)
    {
        if (gateways is null)
        {
            return;
        }

        var bad = gateways.FirstOrDefault(held => held is null || !Identifier.IsValid(held.Gateway) || held.Connections is < 0 or > MaxConnections);
        var isBad = bad is not null || gateways.Contains(null!);
        checks
            .Range("gateways (entries)", gateways.Count, 0, MaxGateways)
            .Require(!isBad, "gateways", bad is null ? "null" : $"{bad.Gateway}: {bad.Connections}", $"gateways' ids, with counts of 0 to {MaxConnections}");
    }

    /// <summary>
    /// Tells each pool of its own gateways, and those that the repository no longer holds anything from that it holds nothing. Never fails: the heartbeat matters more, and
    /// lists go by gateways' own word meanwhile.
    /// </summary>
    public async Task NoteAsync(string repository, IReadOnlyList<GatewayConnections>? gateways, CancellationToken cancellationToken)
    {
        if (gateways is null)
        {
            return;
        }

        try
        {
            var pools = await PoolsAsync(cancellationToken);
            var held = gateways
                .Where(entry => entry.Connections > 0)
                .SelectMany(entry => pools.Of[entry.Gateway], (entry, pool) => (Pool: pool, Count: new HeldCount(entry.Gateway, entry.Connections)))
                .ToLookup(entry => entry.Pool, entry => entry.Count, StringComparer.Ordinal);
            string[] told = [.. held.Select(pool => pool.Key)];
            foreach (var pool in told.Union(_told.GetValueOrDefault(repository, []), StringComparer.Ordinal))
            {
                await grains.GetGrain<IGatewayPoolGrain>(pool).NoteHeldAsync(repository, [.. held[pool]], cancellationToken);
            }

            _told[repository] = told;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            metrics.Fault("held");
        }
    }

    private async Task<Pools> PoolsAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _pools) is { } known && time.GetElapsedTime(known.Read) < s_again)
        {
            return known;
        }

        var read = time.GetTimestamp();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.GatewayPools.Select(row => new { row.Pool, row.Gateway }).ToListAsync(cancellationToken);
        var pools = new Pools(rows.ToLookup(row => row.Gateway, row => row.Pool, StringComparer.Ordinal), read);
        Volatile.Write(ref _pools, pools);
        return pools;
    }

    private sealed record Pools(ILookup<string, string> Of, long Read);
}
