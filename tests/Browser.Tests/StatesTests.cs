using Headgate.Protocol.Edge;

namespace Headgate.Browser.Tests;

/// <summary>Pages in states that they are seldom in: at a limit, in the middle of a drain, with a form open.</summary>
[Collection(BrowserCollection.Name)]
public sealed class StatesTests(Browsers browsers)
{
    [Fact]
    public async Task Pages_WhileTenantsAreAtTheirLimitsAndAGatewayDrains_AreWellBuilt()
    {
        var tenant = browsers.Fresh("busy");
        var gateway = browsers.Fresh("edge");
        await browsers.Management.AddTenantAsync(tenant, "Müller & Söhne Steuerberatungsgesellschaft mbH", 500L << 30);
        await browsers.Management.SendAsync(HttpMethod.Patch, "tenants/" + tenant, new { bytesPerSecond = 125_000_000 });
        await using var beating = await BeatingGateway.StartAsync(browsers, gateway, "192.0.2.77");
        beating.Tenants =
        [
            new(tenant, 14, 118_000_000, 2_300_000, true, false), new("acme", 1, 3_000_000, 41_000_000, false, false), new("beta", 3, 12_000, 900, false, false),
        ];
        beating.Active = 18;
        await using var tab = await browsers.SignedInAsync();

        await tab.GoAsync("/tenants/" + tenant);
        await tab.SeesAsync("At its bandwidth limit");
        await Look.AtAsync(tab, "state-tenant-at-its-limit");
        await tab.ClickAsync("Edit");
        await tab.Page.GetByLabel("Bandwidth limit", new() { Exact = true }).FillAsync("100");
        await tab.ClickAsync("Store");
        await tab.SeesAsync("A bandwidth limit is a rate");
        await Look.AtAsync(tab, "state-tenant-settings");
        await tab.Page.GetByLabel("Bandwidth limit", new() { Exact = true }).FillAsync("1 Gbit/s");
        await tab.ClickAsync("Store");
        await tab.SeesAsync("125 MB/s each way (1 Gbit/s)");

        await tab.GoAsync("/tenants?q=" + tenant);
        await tab.SeesAsync("14 connections, at its limit");
        await Look.AtAsync(tab, "state-tenant-list");

        await tab.GoAsync("/gateways/" + gateway);
        await tab.SeesAsync("Müller & Söhne");
        await Look.AtAsync(tab, "state-gateway-busy");
        await tab.ClickAsync("Drain");
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("after another time").ClickAsync();
        await Look.AtAsync(tab, "state-drain-dialog");
        await dialog.GetByText("after 1 hour").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();
        await tab.SeesAsync("18 at the start");
        beating.Active = 5;
        await tab.SeesAsync("18 at the start, 5 left");
        await tab.SeesAsync("is closed: in 59 min");
        await Look.AtAsync(tab, "state-gateway-draining");
        beating.Active = 0;
        await tab.SeesAsync("Nothing is left on it: it can be stopped.");
        await Look.AtAsync(tab, "state-gateway-drained");
    }

    [Fact]
    public async Task Quota_AboveItsSoftLimit_IsWellShownToBothSides()
    {
        await browsers.Management.SendAsync(HttpMethod.Put, "tenants/acme/quotas/repo1", new { limitBytes = 2L << 30, softLimitBytes = 1L << 20 });
        await browsers.Management.SendAsync(HttpMethod.Patch, "tenants/acme", new { bytesPerSecond = 12_500_000 });
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/tenants/acme");
        await tab.SeesAsync("Above the soft limit.");
        await Look.AtAsync(tab, "state-quota-soft-limit");
        await tab.ClickAsync("Change the limit");
        await tab.SeesAsync("Above it nothing is refused");
        await Look.AtAsync(tab, "state-quota-form");
        await using var site = await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        await site.GoAsync("/");
        await site.SeesAsync("12.5 MB/s each way (100 Mbit/s)");
        await Look.AtAsync(site, "state-site-soft-limit");
        await browsers.Management.SendAsync(HttpMethod.Put, "tenants/acme/quotas/repo1", new { limitBytes = 2L << 30, softLimitBytes = 0 });
        await browsers.Management.SendAsync(HttpMethod.Patch, "tenants/acme", new { bytesPerSecond = 0 });
    }
}
