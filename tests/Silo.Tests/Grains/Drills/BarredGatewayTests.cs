using Headgate.Grains;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains.Drills;

/// <summary>A run's route that is taken from one gateway.</summary>
public sealed class BarredGatewayTests
{
    [Fact]
    public async Task BarGatewayAsync_WhenTheRunIsOpen_TellsThatGatewayAloneAndGrantsStay()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        var opened = await job.OpenRunAsync(Open("laptop"), default);
        var other = await silo.Job("acme", "other").OpenRunAsync(Open("laptop"), default);
        var before = await silo.NewestAsync();

        await job.BarGatewayAsync(opened.Run, "gtw1", default);

        var told = Assert.Single(await silo.EventsAsync(before));
        Assert.Equal(("gateway:gtw1", "route-closed"), (told.Audience, told.Kind));
        Assert.Contains(opened.ServerName, told.Payload, StringComparison.Ordinal);
        Assert.Null(await silo.Routes.FindAsync(opened.ServerName, "gtw1", default));
        Assert.NotNull(await silo.Routes.FindAsync(opened.ServerName, "gtw2", default));
        Assert.NotNull(await silo.Routes.FindAsync(other.ServerName, "gtw1", default));
        Assert.NotNull(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        Assert.Equal([other.ServerName], (await silo.Snapshots.GatewayAsync("gtw1", default))!.Routes.Select(route => route.ServerName));
        Assert.Equal(2, (await silo.Snapshots.GatewayAsync("gtw2", default))!.Routes.Count);
        Assert.Equal(["Run 1 of job 'nightly' of tenant 'acme' at gateway 'gtw1'."], (await silo.AuditAsync("run-path-closed")).Select(row => row.What));

        // Another limit of the tenant's opens it to nobody anew.
        before = await silo.NewestAsync();
        await silo.Tenant("acme").ChangeAsync(new ChangeTenant(null, null, null, null, null, null, 1_000_000), default);
        Assert.Equal(
            ["gateway:gtw2"], (await silo.EventsAsync(before)).Where(row => row.Payload.Contains(opened.ServerName, StringComparison.Ordinal)).Select(row => row.Audience));
    }

    [Fact]
    public async Task BarGatewayAsync_WhenItWas_TellsNothingTwice()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.BarGatewayAsync(1, "gtw1", default);
        var newest = await silo.NewestAsync();
        await job.BarGatewayAsync(1, "gtw1", default);
        Assert.Equal(newest, await silo.NewestAsync());
    }

    [Fact]
    public async Task Run_WhoseGatewayWasBarred_GoesOnWithoutItEvenInANewSilo()
    {
        await using var first = await ReadyAsync();
        await first.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await first.Job("acme", "nightly").BarGatewayAsync(1, "gtw1", default);

        await using var silo = await first.BesideAsync();
        await silo.HeardAsync("gtw1");
        await silo.HeardAsync("gtw2");
        var job = silo.Job("acme", "nightly");
        var directive = await job.ReportProgressAsync(1, new RunProgress("laptop", 1, false, 0, [], default), default);
        var next = await job.NextAttemptAsync(1, new AttemptFailure("laptop", 1, 1, "The network failed.", [], default), default);
        // Half of the route's life is over: gateways hear of it anew, and the barred one does not.
        silo.Time.Advance(TimeSpan.FromMinutes(40));
        await silo.HeardAsync("gtw1");
        await silo.HeardAsync("gtw2");
        var before = await silo.NewestAsync();
        await job.ReportProgressAsync(1, new RunProgress("laptop", 2, false, 0, [], default), default);

        Assert.Equal(["gtw2"], directive.Gateways!.Gateways.Select(place => place.Gateway));
        Assert.Equal(["gtw2"], next.Gateways.Gateways.Select(place => place.Gateway));
        Assert.Equal(["gateway:gtw2 route-opened"], (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}"));
        Assert.False(await RouteLeadsAsync(silo, next.ServerName, "gtw1"));
    }

    [Fact]
    public async Task BarGatewayAsync_WhenTheGatewayWasNeverTold_RefusesItsLookUp()
    {
        await using var silo = await ReadyAsync();
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.AddGatewayAsync("gtw3", 3);
        await silo.Job("acme", "nightly").BarGatewayAsync(1, "gtw3", default);
        Assert.False(await RouteLeadsAsync(silo, opened.ServerName, "gtw3"));
        Assert.True(await RouteLeadsAsync(silo, opened.ServerName, "gtw1"));
    }

    [Fact]
    public async Task BarGatewayAsync_WhenTheRunIsOver_Refuses()
    {
        await using var silo = await ReadyAsync();
        var job = silo.Job("acme", "nightly");
        await job.OpenRunAsync(Open("laptop"), default);
        await job.FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        await RefusedAsync(RefusalReason.RunClosed, () => job.BarGatewayAsync(1, "gtw1", default));
        CallContext.Act("acme-admin", isProvider: false);
        await RefusedAsync(RefusalReason.NeedsProvider, () => job.BarGatewayAsync(1, "gtw1", default));
    }

    private static async Task<bool> RouteLeadsAsync(SiloWorld silo, string name, string gateway) => await silo.Routes.FindAsync(name, gateway, default) is not null;

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddGatewayAsync("gtw2", 2);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
