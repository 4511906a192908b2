using Headgate.Grains;

namespace Headgate.Silo.Grains.Lists;

/// <summary>What tenants move, summed over gateways.</summary>
internal static class TrafficTotals
{
    /// <summary>By tenant; those that nobody relays for are missing.</summary>
    public static Dictionary<string, TenantTrafficInfo> Of(IEnumerable<ImmutableArray<TenantLoad>> gateways)
    {
        var totals = new Dictionary<string, TenantTrafficInfo>(StringComparer.Ordinal);
        foreach (var load in gateways.SelectMany(loads => loads))
        {
            totals[load.Tenant] = totals.TryGetValue(load.Tenant, out var sum)
                ? sum with
                {
                    Gateways = sum.Gateways + 1,
                    Connections = Sum(sum.Connections, load.Connections),
                    UpBytesPerSecond = Sum(sum.UpBytesPerSecond, load.UpBytesPerSecond),
                    DownBytesPerSecond = Sum(sum.DownBytesPerSecond, load.DownBytesPerSecond),
                    HeldBack = sum.HeldBack || load.HeldBack,
                }
                : new TenantTrafficInfo(load.Tenant, 1, load.Connections, load.UpBytesPerSecond, load.DownBytesPerSecond, load.HeldBack);
        }
        return totals;
    }

    // Gateways count for themselves: whatever they say, a sum stays one.
    private static int Sum(int left, int right) => int.MaxValue - left < right ? int.MaxValue : left + right;

    private static long Sum(long left, long right) => long.MaxValue - left < right ? long.MaxValue : left + right;
}
