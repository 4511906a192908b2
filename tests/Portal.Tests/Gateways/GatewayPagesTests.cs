using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal.Tests.Gateways;

public sealed class GatewayPagesTests
{
    [Fact]
    public async Task Dashboard_WhenThereIsNothing_ShowsTheFirstSteps()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/");
        var shown = await page.UntilAsync("Three steps to the first backup");
        Assert.Contains(shown.All, element => element["href"] == "/repositories/new");
        await host.Grains.GetGrain<IGatewayGrain>("gtw1").CreateAsync(Made(), default);
        shown = await page.UntilAsync(now => now.All.Any(element => element.HasClass("figure") && element.Text.Contains("0 of 1", StringComparison.Ordinal)));
        Assert.All(shown.All.Where(element => element.HasClass("figure")), figure => Assert.StartsWith("/", figure["href"]!, StringComparison.Ordinal));
        Assert.Equal(8, shown.All.Count(element => element.HasClass("figure")));
    }

    [Fact]
    public async Task New_WhenMade_ShowsTheCommandAndFollowsTheMachine()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/new");
        await page.SetAsync("Name", "Frankfurt 1 ☃");
        Assert.Equal("frankfurt-1", await page.PlaceholderAsync("Id"));
        await page.ClickAsync("Make it and show the command");
        await page.UntilAsync("The address is missing");
        await page.SetAsync("Public address", "198.51.100.7");
        await page.ClickAsync("Make it and show the command");
        var shown = await page.UntilAsync("Waiting for the machine to enrol");
        Assert.Contains("--code 'hg1:gateway:frankfurt-1:", shown.Text, StringComparison.Ordinal);
        Assert.Equal("Frankfurt 1 ☃", (await host.Grains.GetGrain<IGatewayGrain>("frankfurt-1").GetAsync(default)).DisplayName);
    }

    [Fact]
    public async Task New_WhenTheAddressIsTaken_SaysSoBesideItAndKeepsWhatWasTyped()
    {
        await using var host = await PageHost.StartAsync();
        await host.Grains.GetGrain<IGatewayGrain>("gtw1").CreateAsync(Made(), default);
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/new");
        await page.SetAsync("Id", "gtw2");
        await page.SetAsync("Public address", "192.0.2.1");
        await page.ClickAsync("Make it and show the command");
        var shown = await page.UntilAsync("Another gateway is advertised at 192.0.2.1:6180");
        Assert.Contains("advertised", shown.All.Single(element => element["id"] == "host-note").Text, StringComparison.Ordinal);
        Assert.Equal("gtw2", await page.ValueAsync("Id"));
    }

    [Fact]
    public async Task Details_WhenThereIsNoSuchGateway_SaysSo()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/nobody");
        await page.UntilAsync("There is no gateway of this id");
    }

    [Fact]
    public async Task Details_WhenSomebodyElseChangedIt_ShowsBothValuesAndStoresMineOnRequest()
    {
        await using var host = await PageHost.StartAsync();
        var grain = host.Grains.GetGrain<IGatewayGrain>("gtw1");
        await grain.CreateAsync(Made(), default);
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/gtw1");
        await page.ClickAsync("Change");
        await page.SetAsync("Weight", "250");
        await grain.ChangeAsync(new ChangeGateway(null, null, null, null, 300, null, null, "Theirs"), default);
        await page.ClickAsync("Store");
        var shown = await page.UntilAsync("Somebody changed this while you edited it");
        var rows = shown.All.Single(element => element.HasClass("conflict")).All.Where(element => element.Name == "tr").Select(row => row.Text).ToArray();
        Assert.Contains("Weight 250 300", rows);
        Assert.Contains("Display name (none) Theirs", rows);
        Assert.Equal(300, (await grain.GetAsync(default)).Weight);
        await page.ClickAsync("Store mine");
        await page.UntilGoneAsync("Somebody changed this");
        await page.UntilAsync("Settings");
        Assert.Equal((250, ""), ((await grain.GetAsync(default)).Weight, (await grain.GetAsync(default)).DisplayName));
    }

    [Fact]
    public async Task Details_WhenSomebodyOnlyDrainedIt_StoresWithoutAConflict()
    {
        await using var host = await PageHost.StartAsync();
        var grain = host.Grains.GetGrain<IGatewayGrain>("gtw1");
        await grain.CreateAsync(Made(), default);
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/gtw1");
        await page.ClickAsync("Change");
        await page.SetAsync("Weight", "250");
        await grain.ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        await page.ClickAsync("Store");
        await page.UntilAsync("Settings");
        Assert.Equal((250, WantedState.Draining), ((await grain.GetAsync(default)).Weight, (await grain.GetAsync(default)).WantedState));
    }

    [Fact]
    public async Task Details_WhenDraining_ShowsWhatIsLeftAndWhenTheRestIsClosed()
    {
        await using var host = await PageHost.StartAsync();
        await host.Silo.AddGatewayAsync("gtw1", 1);
        await host.Silo.HeardAsync("gtw1", active: 40);
        var grain = host.Grains.GetGrain<IGatewayGrain>("gtw1");
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/gtw1");
        await grain.ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null, DrainFor: TimeSpan.FromMinutes(10)), default);
        await host.Silo.HeardAsync("gtw1", active: 12);
        host.Silo.Time.Advance(TimeSpan.FromSeconds(2));
        var shown = await page.UntilAsync("40 at the start, 12 left");
        Assert.Contains("is closed: in 9 min", shown.Text, StringComparison.Ordinal);
        Assert.Equal("70", shown.All.Single(element => element["role"] == "progressbar")["aria-valuenow"]);
        Assert.Contains(shown.All, element => element.Name == "button" && element.Text == "Undrain");
        await host.Silo.HeardAsync("gtw1");
        host.Silo.Time.Advance(TimeSpan.FromSeconds(2));
        await page.UntilAsync("Nothing is left on it: it can be stopped.");
        await page.ClickAsync("Undrain");
        await page.UntilGoneAsync("Nothing is left on it");
        Assert.Null((await grain.GetAsync(default)).Drain);
    }

    [Fact]
    public async Task Details_WhenTenantsAreRelayed_ShowsTheBusiestByName()
    {
        await using var host = await PageHost.StartAsync();
        await host.Silo.AddGatewayAsync("gtw1", 1);
        await host.Grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        await host.Silo.HeardAsync("gtw1", 3, 3, new TenantLoad("ghost", 1, 5, 5, false), new TenantLoad("acme", 2, 3 << 20, 10 << 20, true));
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/gtw1");
        var shown = await page.UntilAsync("10 MiB/s");
        Assert.Equal(["Acme", "ghost"], shown.All.Where(element => element.HasClass("glance-name")).Select(element => element.Text));
        Assert.Contains("at its limit", shown.Text, StringComparison.Ordinal);

        await page.GoAsync("/tenants/acme");
        shown = await page.UntilAsync("At its bandwidth limit");
        Assert.Contains("2 over 1 gateway", shown.Text, StringComparison.Ordinal);
        await page.GoAsync("/tenants");
        await page.UntilAsync("2 connections, at its limit");
        host.Silo.Time.Advance(TimeSpan.FromSeconds(6));
        await page.UntilGoneAsync("2 connections");
    }

    [Fact]
    public async Task Details_OfAGatewayInLists_SaysWhyRunsComeToIt()
    {
        await using var host = await PageHost.StartAsync();
        await host.Silo.AddGatewayAsync("gtw1", 1);
        await host.Silo.AddGatewayAsync("gtw2", 2);
        await host.Silo.HeardAsync("gtw1", active: 40);
        await host.Grains.GetGrain<IGatewayPoolGrain>("default").NoteTrialsAsync("acme", [new TrialCount("gtw1", 0, 1)], default);
        host.Silo.Time.Advance(TimeSpan.FromSeconds(1));
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/gtw1");
        var shown = await page.UntilAsync("Place 2 of 2");
        Assert.Contains("40 active and 0 promised at weight 100; connectors of 1 tenant did not come through it", shown.Text, StringComparison.Ordinal);
        await host.Silo.Gateway("gtw1").ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        await page.UntilAsync(now =>
        {
            // What the pool is told after it was stored is seen by the next refresh.
            host.Silo.Time.Advance(TimeSpan.FromMilliseconds(100));
            return now.Text.Contains("in no list: it drains", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Pools_WhenNamed_PutTheirGatewaysIn()
    {
        await using var host = await PageHost.StartAsync();
        await host.Grains.GetGrain<IGatewayGrain>("gtw1").CreateAsync(Made(), default);
        var page = await (await host.SignInAsync()).OpenAsync("/gateways/pools");
        await page.ClickAsync("New pool");
        await page.SetAsync("Name", "east");
        await page.ClickAsync("Make the pool");
        await page.UntilAsync("Choose at least one gateway");
        await page.SetAsync("gtw1", "true");
        await page.ClickAsync("Make the pool");
        await page.UntilAsync(shown => shown.All.Any(element => element["href"] == "/gateways?filter=pool%3Aeast"));
        Assert.Equal(["default", "east"], (await host.Grains.GetGrain<IGatewayGrain>("gtw1").GetAsync(default)).Pools.Order());
    }

    [Fact]
    public async Task List_WhenAnIdIsAPagesName_LeadsToTheGateway()
    {
        await using var host = await PageHost.StartAsync();
        await host.Grains.GetGrain<IGatewayGrain>("new").CreateAsync(Made(), default);
        var page = await (await host.SignInAsync()).OpenAsync("/gateways");
        await page.FollowAsync("new");
        await page.UntilAsync("Recent activity");
        Assert.Equal("/gateways/new/details", page.Address.Path);
    }

    private static CreateGateway Made() => new(GatewayMode.Direct, "192.0.2.1", 6180, 100, []);
}
