namespace Headgate.Browser.Tests;

/// <summary>The tenants' site, through a gateway that decrypts nothing, as a tenant's user sees it.</summary>
[Collection(BrowserCollection.Name)]
public sealed class TenantSiteTests(Browsers browsers)
{
    [Fact]
    public async Task Overview_WhenATenantsUserSignsIn_ShowsWhatIsTheTenants()
    {
        await using var tab = await CarolAsync();
        await tab.GoAsync("/");
        await tab.HeadingAsync("Overview");
        await tab.SeesAsync("Acme GmbH");
        await tab.SeesAsync("nightly");
        foreach (var name in new[] { "Backups", "Connectors", "Access keys", "Gateways", "Recovery sheet" })
        {
            await tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = name }).ClickAsync();
            await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);
        }
    }

    [Fact]
    public async Task AccessKey_WhenTheTenantMakesIt_WorksInStockRestic()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var tab = await CarolAsync();
        await tab.GoAsync("/access-keys/new");
        await tab.Page.GetByLabel("Name").FillAsync(browsers.Fresh("NAS "));
        await tab.ClickAsync("Make the key");
        var url = await tab.Page.GetByRole(AriaRole.Textbox, new() { Name = "restic's repository" }).InnerTextAsync();
        await TenantPagesTests.ResticWorksAsync(browsers, url.Trim());
    }

    [Fact]
    public async Task Connector_WhenTheCodeIsUsed_ArrivesOnThePage()
    {
        await using var tab = await CarolAsync();
        await tab.GoAsync("/connectors/new");
        await tab.ClickAsync("Make the code");
        var command = await tab.Page.GetByRole(AriaRole.Textbox, new() { Name = "On Linux" }).First.InnerTextAsync();
        var host = browsers.Fresh("tower");
        (await new Machine(browsers.World, "acme", host).HeadgateAsync("enroll", command.Trim().Split(' ')[^1], "--host-name", host)).Succeeded();
        await tab.SeesAsync($"{host} has enrolled.");
    }

    [Theory]
    [InlineData("/tenants")]
    [InlineData("/tenants/beta")]
    [InlineData("/accounts")]
    [InlineData("/activity")]
    [InlineData("/repositories")]
    [InlineData("/gateways/new")]
    public async Task Page_WhenItIsTheAdministrators_DoesNotExistHere(string path)
    {
        await using var tab = await CarolAsync();
        tab.Expect("404");
        var answer = await tab.Page.GotoAsync(path);
        Assert.Equal(404, answer!.Status);
        await tab.HeadingAsync("There is no such page");
    }

    private Task<Tab> CarolAsync() => browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
}
