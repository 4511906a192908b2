using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Silo.Grains;
using Headgate.Silo.Listening;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// A gateway's parts of the bandwidth of those tenants in its heartbeat that have a limit (docs/bandwidth.md); the others cost a look-up in memory. Safe for concurrent use.
/// </summary>
internal sealed class HeartbeatBandwidth(IClusterClient grains, TenantLimits limits, GrainMetrics metrics, ILogger<HeartbeatBandwidth> logger)
{
    // Limited tenants that a gateway named in its last heartbeat here: when it names one no more, others get that part at once instead of after a silence.
    private readonly ConcurrentDictionary<string, string[]> _named = new(StringComparer.Ordinal);

    /// <summary>
    /// The shares to answer; null where there is nothing to say. Never fails: what cannot be shared out now stays as the gateway has it.
    /// </summary>
    /// <param name="gateway">Who.</param>
    /// <param name="tenants">What it said of tenants; null for a gateway of an older version, which holds nobody back.</param>
    /// <param name="isAll">Whether tenants with a limit that are missing have left.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<BandwidthShare>?> ShareAsync(
        string gateway, IReadOnlyList<TenantTraffic>? tenants, bool isAll, CancellationToken cancellationToken)
    {
        if (tenants is null || !await limits.RefreshAsync(cancellationToken))
        {
            return null;
        }

        var asked = new List<Task<BandwidthShare?>>();
        var named = new List<string>();
        foreach (var tenant in tenants)
        {
            if (limits.Of(tenant.Tenant) is { } limit)
            {
                named.Add(tenant.Tenant);
                asked.Add(AskAsync(gateway, tenant, limit, cancellationToken));
            }
            else if (tenant.UpHeldBack || tenant.DownHeldBack || tenant.UpShareBytesPerSecond is not null || tenant.DownShareBytesPerSecond is not null || limits.IsLifted(tenant.Tenant))
            {
                asked.Add(Task.FromResult<BandwidthShare?>(new BandwidthShare(tenant.Tenant, null, null)));
            }
        }

        if (isAll)
        {
            await LeaveAsync(gateway, named, cancellationToken);
        }

        var shares = (await Task.WhenAll(asked)).OfType<BandwidthShare>().ToArray();
        return shares.Length == 0 ? null : shares;
    }

    private async Task<BandwidthShare?> AskAsync(string gateway, TenantTraffic traffic, long limit, CancellationToken cancellationToken)
    {
        try
        {
            var grant = await grains.GetGrain<IBandwidthGrain>(traffic.Tenant).ReportAsync(
                new BandwidthReport(
                    gateway,
                    limit,
                    traffic.Connections,
                    new BandwidthUse(traffic.UpBytesPerSecond, traffic.UpHeldBack, traffic.UpShareBytesPerSecond),
                    new BandwidthUse(traffic.DownBytesPerSecond, traffic.DownHeldBack, traffic.DownShareBytesPerSecond)),
                cancellationToken);
            return traffic.Connections <= 0 ? null : new BandwidthShare(traffic.Tenant, grant.UpBytesPerSecond, grant.DownBytesPerSecond);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The heartbeat matters more. The gateway keeps its part and asks again in a second.
            metrics.Fault("bandwidth");
            ListeningLog.BandwidthNotShared(logger, exception, traffic.Tenant, gateway);
            return null;
        }
    }

    private async Task LeaveAsync(string gateway, List<string> named, CancellationToken cancellationToken)
    {
        if (named.Count == 0 && !_named.ContainsKey(gateway))
        {
            return;
        }

        string[] before = [];
        if (named.Count == 0)
        {
            _named.TryRemove(gateway, out before!);
        }
        else
        {
            _named.AddOrUpdate(
                gateway,
                _ => [.. named],
                (_, known) =>
                {
                    before = known;
                    return known.AsSpan().SequenceEqual(named.ToArray()) ? known : [.. named];
                });
        }

        var left = (before ?? []).Except(named, StringComparer.Ordinal).Select(tenant => (Tenant: tenant, Limit: limits.Of(tenant))).Where(tenant => tenant.Limit is not null);
        await Task.WhenAll(left.Select(tenant => AskAsync(gateway, new TenantTraffic(tenant.Tenant, 0, 0, 0, false, false), tenant.Limit!.Value, cancellationToken)));
    }
}
