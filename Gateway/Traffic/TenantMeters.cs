using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Traffic;

/// <summary>All tenants with connections on this gateway. Entered and left once for each connection; safe for concurrent use.</summary>
internal sealed class TenantMeters(TimeProvider time)
{
    /// <summary>Until the silo has said what this gateway's part of a limit is: a tenant's list has at most so many gateways.</summary>
    public const int MostGateways = 8;

    /// <summary>A share is kept this long without a connection: the next one of a run comes soon, and the silo may give the share away after that.</summary>
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TenantMeter> _meters = new(StringComparer.Ordinal);
    private readonly TenantMeter _nobody = new(null, time);

    /// <summary>A connection of <paramref name="tenant"/> begins. <paramref name="bytesPerSecond"/> is its limit over all gateways; null: none.</summary>
    public TenantMeter Enter(string? tenant, long? bytesPerSecond)
    {
        if (tenant is null)
        {
            return _nobody;
        }

        lock (_lock)
        {
            if (!_meters.TryGetValue(tenant, out var meter))
            {
                meter = new TenantMeter(tenant, time);
                _meters.Add(tenant, meter);
            }

            meter.Connections++;
            if (meter.Limit != bytesPerSecond)
            {
                meter.Limit = bytesPerSecond;
                meter.Up.Limit(bytesPerSecond / MostGateways);
                meter.Down.Limit(bytesPerSecond / MostGateways);
            }

            return meter;
        }
    }

    /// <summary>A connection that had entered ends.</summary>
    public void Leave(TenantMeter meter)
    {
        if (meter.Tenant is not null)
        {
            lock (_lock)
            {
                meter.Connections--;
                meter.LeftAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>Takes over what the silo shared out. Tenants without a connection are skipped.</summary>
    public void Apply(IReadOnlyList<BandwidthShare> shares)
    {
        lock (_lock)
        {
            foreach (var share in shares)
            {
                if (_meters.TryGetValue(share.Tenant, out var meter))
                {
                    meter.Up.Limit(share.UpBytesPerSecond);
                    meter.Down.Limit(share.DownBytesPerSecond);
                }
            }
        }
    }

    /// <summary>
    /// Rates since the last call, for at most <paramref name="most"/> tenants: those with a limit and a connection first, then the busiest. One caller only.
    /// </summary>
    public IReadOnlyList<TenantTraffic> Report(int most)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var all = new List<(bool IsLimited, TenantTraffic Traffic)>(_meters.Count);
            foreach (var (tenant, meter) in _meters)
            {
                if (meter.Connections == 0 && time.GetElapsedTime(meter.LeftAt, now) > s_keptFor)
                {
                    // Removing what an enumeration stands on is allowed.
                    _meters.Remove(tenant);
                    continue;
                }

                all.Add((meter.Limit is not null && meter.Connections > 0, Measure(tenant, meter, now)));
            }

            return
            [
                .. all.OrderByDescending(one => one.IsLimited)
                    .ThenByDescending(one => one.Traffic.UpBytesPerSecond + one.Traffic.DownBytesPerSecond)
                    .Take(most)
                    .Select(one => one.Traffic),
            ];
        }
    }

    private TenantTraffic Measure(string tenant, TenantMeter meter, long now)
    {
        var seconds = Math.Max(0.001, time.GetElapsedTime(meter.ReportedAt, now).TotalSeconds);
        var (up, down) = (meter.Up.Moved, meter.Down.Moved);
        var traffic = new TenantTraffic(
            tenant,
            meter.Connections,
            (long)((up - meter.ReportedUp) / seconds),
            (long)((down - meter.ReportedDown) / seconds),
            meter.Up.TakeHeldBack(),
            meter.Down.TakeHeldBack());
        (meter.ReportedUp, meter.ReportedDown, meter.ReportedAt) = (up, down, now);
        return traffic;
    }
}
