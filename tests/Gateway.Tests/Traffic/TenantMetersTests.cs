using System.Globalization;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Traffic;

/// <summary>What a heartbeat says of tenants.</summary>
public sealed class TenantMetersTests
{
    private const int Most = 200;
    private readonly ManualTimeProvider _time = new();
    private readonly TenantMeters _meters;

    public TenantMetersTests() => _meters = new TenantMeters(_time);

    [Fact]
    public void Report_OfATenantWithALimit_SaysTheShareInForce()
    {
        _meters.Enter("acme", 16_000_000);
        _meters.Enter("bolt", null);
        Assert.Equal((2_000_000, 2_000_000), SharesOf("acme"));
        Assert.Equal((null, null), SharesOf("bolt"));

        _meters.Apply([new BandwidthShare("acme", 9_000_000, 1), new BandwidthShare("bolt", 5_000_000, null)]);
        Assert.Equal((9_000_000, 1), SharesOf("acme"));
        Assert.Equal((5_000_000, null), SharesOf("bolt"));

        // What nobody answers stays in force.
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((9_000_000, 1), SharesOf("acme"));

        _meters.Apply([new BandwidthShare("acme", null, null), new BandwidthShare("bolt", null, null)]);
        Assert.Equal((null, null), SharesOf("acme"));
        Assert.Equal((null, null), SharesOf("bolt"));
    }

    [Fact]
    public void Report_OfATenantThatHasLeft_SaysSoAndItBeginsAnew()
    {
        var meter = _meters.Enter("acme", 16_000_000);
        _meters.Apply([new BandwidthShare("acme", 9_000_000, 9_000_000)]);
        _meters.Leave(meter);

        // Back before anybody was told that it had gone: nobody else has its share.
        Assert.Same(meter, _meters.Enter("acme", 16_000_000));
        Assert.Equal((9_000_000, 9_000_000), SharesOf("acme"));

        _meters.Leave(meter);
        Assert.Equal(0, Assert.Single(_meters.Report(Most)).Connections);
        _meters.Enter("acme", 16_000_000);
        Assert.Equal((2_000_000, 2_000_000), SharesOf("acme"));
    }

    [Fact]
    public void Report_OfBusyAndLimitedTenants_NamesTheLimitedFirstAndThenTheBusiest()
    {
        Enter("limited", Most / 2, 1_000_000, moved: 0);
        Enter("idle", Most, null, moved: 1_000);
        Enter("busy", Most / 4, null, moved: 1_000_000);
        _meters.Leave(_meters.Enter("left", 1_000_000));
        _time.Advance(TimeSpan.FromSeconds(1));

        var named = _meters.Report(Most).Select(one => one.Tenant.Split('-')[0]).ToArray();
        Assert.Equal(
            [.. Enumerable.Repeat("limited", Most / 2), .. Enumerable.Repeat("busy", Most / 4), .. Enumerable.Repeat("idle", Most / 4)],
            named);
    }

    [Fact]
    public void Report_OfMoreLimitedTenantsThanItIsAskedFor_NamesThemAllUpToWhatTheSiloTakes()
    {
        Enter("limited", Most + 50, 1_000_000, moved: 0);
        Enter("busy", 20, null, moved: 1_000_000);
        Assert.Equal(Enumerable.Repeat("limited", Most + 50), _meters.Report(Most).Select(one => one.Tenant.Split('-')[0]));

        Enter("more", TenantMeters.MostLimited, 1_000_000, moved: 1_000_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Repeat("more", TenantMeters.MostLimited), _meters.Report(Most).Select(one => one.Tenant.Split('-')[0]));
    }

    private void Enter(string name, int tenants, long? limit, long moved)
    {
        for (var i = 0; i < tenants; i++)
        {
            _meters.Enter($"{name}-{i.ToString(CultureInfo.InvariantCulture)}", limit).Up.Charge(moved, _time.GetTimestamp());
        }
    }

    private (long? Up, long? Down) SharesOf(string tenant)
    {
        var traffic = _meters.Report(Most).Single(one => one.Tenant == tenant);
        return (traffic.UpShareBytesPerSecond, traffic.DownShareBytesPerSecond);
    }
}
