using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Traffic;

/// <summary>All tenants with connections on this gateway. Entered and left once for each connection; safe for concurrent use.</summary>
internal sealed class TenantMeters(TimeProvider time)
{
    /// <summary>Until the silo has said what this gateway's part of a limit is: a tenant's list has at most so many gateways.</summary>
    public const int MostGateways = 8;

    /// <summary>Tenants with a limit that a report names at most, however few it is asked for: the silo takes no more.</summary>
    public const int MostLimited = 1000;

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
                Begin(meter);
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
    /// Rates since the last call: of all tenants with a limit and a connection (the busiest <see cref="MostLimited"/>), because their shares are told in the answer;
    /// then of the busiest others, up to <paramref name="most"/> in all. One caller only.
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

                all.Add((IsLimited(meter), Measure(tenant, meter, now)));
                if (meter is { Connections: 0, Limit: not null })
                {
                    // The silo gives the share away when it hears this.
                    Begin(meter);
                }
            }

            var busiest = all.OrderByDescending(one => one.Traffic.UpBytesPerSecond + one.Traffic.DownBytesPerSecond).ToLookup(one => one.IsLimited, one => one.Traffic);
            var limited = busiest[true].Take(MostLimited).ToList();
            return [.. limited, .. busiest[false].Take(most - limited.Count)];
        }
    }

    private static bool IsLimited(TenantMeter meter) => meter.Connections > 0 && (meter.Limit is not null || meter.Up.IsLimited || meter.Down.IsLimited);

    private static void Begin(TenantMeter meter)
    {
        meter.Up.Limit(meter.Limit / MostGateways);
        meter.Down.Limit(meter.Limit / MostGateways);
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
            meter.Down.TakeHeldBack(),
            meter.Up.Share,
            meter.Down.Share);
        (meter.ReportedUp, meter.ReportedDown, meter.ReportedAt) = (up, down, now);
        return traffic;
    }
}
