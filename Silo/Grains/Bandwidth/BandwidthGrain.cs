using Headgate.Grains;

namespace Headgate.Silo.Grains.Bandwidth;

/// <summary>Both directions of a tenant's bandwidth. Gateways report each second, so nothing of it is worth writing.</summary>
[GrainType("bandwidth")]
internal sealed class BandwidthGrain(SiloStart start) : Grain, IBandwidthGrain
{
    private readonly BandwidthSharing _up = new();
    private readonly BandwidthSharing _down = new();

    public Task<BandwidthGrant> ReportAsync(BandwidthReport report, CancellationToken cancellationToken)
    {
        Require.Identifier("gateway", report.Gateway);
        TenantBandwidthRange(report.LimitBytesPerSecond);
        if (report.Connections <= 0)
        {
            _up.Leave(report.Gateway);
            _down.Leave(report.Gateway);
            return Task.FromResult(new BandwidthGrant(0, 0));
        }

        var now = start.Steady;
        var trusted = now - start.TrustedFor;
        return Task.FromResult(new BandwidthGrant(
            _up.Report(report.Gateway, report.Connections, report.Up, report.LimitBytesPerSecond, now, trusted),
            _down.Report(report.Gateway, report.Connections, report.Down, report.LimitBytesPerSecond, now, trusted)));
    }

    private static void TenantBandwidthRange(long limit) =>
        Require.Range("limitBytesPerSecond", limit, TenantBandwidth.LeastBytesPerSecond, TenantBandwidth.MostBytesPerSecond);
}
