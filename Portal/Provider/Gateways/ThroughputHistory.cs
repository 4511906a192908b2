namespace Headgate.Portal.Provider.Gateways;

/// <summary>What all gateways moved in the last ten minutes: one in a process, for every page. Fed by <see cref="ThroughputSampler"/>. Thread-safe.</summary>
internal sealed class ThroughputHistory(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TrafficSeries _all = new();
    private Dictionary<string, GatewayTraffic> _gateways = new(StringComparer.Ordinal);

    /// <summary>Takes every gateway in as it is; those that are missing are forgotten.</summary>
    public void Observe(IEnumerable<GatewayInfo> gateways)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _all.Begin(now);
            var seen = new Dictionary<string, GatewayTraffic>(StringComparer.Ordinal);
            foreach (var gateway in gateways)
            {
                var traffic = _gateways.GetValueOrDefault(gateway.Gateway) ?? new GatewayTraffic();
                traffic.Observe(gateway, _all);
                seen[gateway.Gateway] = traffic;
            }

            _gateways = seen;
        }
    }

    /// <summary>What a gateway moves.</summary>
    public TrafficRate RateOf(string gateway)
    {
        lock (_lock)
        {
            return _gateways.TryGetValue(gateway, out var traffic) ? traffic.Now(time.GetUtcNow()) : TrafficRate.None;
        }
    }

    /// <summary>What all gateways move.</summary>
    public TrafficRate Rate()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            return _gateways.Values.Aggregate(TrafficRate.None, (sum, traffic) => sum + traffic.Now(now));
        }
    }

    /// <summary>The last ten minutes of one gateway, or of all; oldest first.</summary>
    public ImmutableArray<TrafficRate> Read(string? gateway = null)
    {
        lock (_lock)
        {
            return (gateway is null ? _all : _gateways.GetValueOrDefault(gateway)?.Series ?? new TrafficSeries()).Read(time.GetUtcNow());
        }
    }
}
