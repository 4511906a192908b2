namespace Headgate.Portal.Tests.TenantSite;

public sealed class TenantSitePagesTests
{
    [Fact]
    public async Task Overview_WhenNothingIsSetUp_LeadsToTheFirstMachineAndThenShowsIt()
    {
        await using var host = await PageHost.StartAsync(AccountRole.Tenant);
        await host.Grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], host.Silo.Time.GetUtcNow().AddDays(3), 0), default);
        var page = await (await host.SignInAsync("anna", "acme")).OpenAsync("/");
        await page.UntilAsync("Set up your first machine");
        await page.UntilAsync("Your contract ends in");
        await host.Grains.GetGrain<ITenantGrain>("acme").ChangeAsync(new ChangeTenant(null, TenantStatus.Disabled, null, DateTimeOffset.MaxValue, null, null), default);
        await page.UntilAsync("Your provider has stopped serving you");
        await page.UntilGoneAsync("Your contract ends in");
    }

    [Fact]
    public async Task NewConnector_WhenTheMachineEnrols_SaysSoAndShowsTheFingerprintInGroups()
    {
        await using var host = await ReadyAsync();
        var page = await (await host.SignInAsync("anna", "acme")).OpenAsync("/connectors/new");
        await page.ClickAsync("Make the code");
        var shown = await page.UntilAsync("headgate enroll hg1:connector:acme:");
        var command = shown.All.First(element => element.Name == "code" && element.Text.StartsWith("headgate enroll ", StringComparison.Ordinal)).Text;
        var (secret, fingerprint) = (command.Split(':', '@')[3], command.Split('#')[1]);
        var groups = shown.All.Single(element => element.HasClass("fingerprint")).Children.Where(element => element.Name == "span").Select(element => element.Text.Trim()).ToArray();
        Assert.Equal(fingerprint, string.Concat(groups));
        Assert.All(groups, group => Assert.Equal(4, group.Length));

        await host.Grains.GetGrain<ITenantGrain>("acme").EnrolConnectorAsync(
            new EnrolmentClaim(secret, Headgate.Silo.Tests.Grains.TestAuthority.Key("another"), "nas"), default);
        await page.UntilAsync("nas has enrolled.");
        Assert.Equal(AccessLevel.AppendOnly, (await host.Grains.GetGrain<ITenantGrain>("acme").GetAsync(default)).Connectors.Single(connector => connector.Host == "nas").Level);
    }

    [Theory]
    [InlineData("/connectors/new")]
    [InlineData("/access-keys/new")]
    public async Task LevelOfATenantsOwn_OffersNoFullRightsAndSaysWhy(string path)
    {
        await using var host = await ReadyAsync();
        var page = await (await host.SignInAsync("anna", "acme")).OpenAsync(path);
        var shown = await page.UntilAsync("Your provider makes these");
        var levels = shown.All.Where(element => element.Name == "input" && element["type"] == "radio").ToArray();
        Assert.Equal([false, true, false], levels.Select(level => level["disabled"] is not null));
    }

    [Fact]
    public async Task AccessKey_WhenMade_IsShownOnceAndHasNoPlaceElsewhere()
    {
        await using var host = await ReadyAsync();
        var visitor = await host.SignInAsync("anna", "acme");
        var page = await visitor.OpenAsync("/access-keys/new");
        await page.SetAsync("Name", "NAS <b>株式会社</b>");
        await page.ClickAsync("Make the key");
        var shown = await page.UntilAsync("The secret is shown once.");
        var secret = shown.All.Single(element => element.Name == "pre" && element.Label.StartsWith("restic's repository", StringComparison.Ordinal)).Text.Split(':', '@')[3];
        await page.GoAsync("/access-keys");
        shown = await page.UntilAsync("NAS <b>株式会社</b>");
        Assert.DoesNotContain(shown.All, element => element.Name == "b");
        Assert.DoesNotContain(secret, await page.HtmlAsync(), StringComparison.Ordinal);
        await page.GoAsync("/recovery");
        await page.UntilAsync("Recovery sheet of");
        Assert.DoesNotContain(secret, await page.HtmlAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateways_WhenOneIsAnotherPools_AreTheTenantsOwn()
    {
        await using var host = await ReadyAsync();
        await host.Silo.AddGatewayAsync("gtw1", 1);
        await host.Silo.AddGatewayAsync("gtw9", 9, "private");
        await host.Silo.HeardAsync("gtw1", active: 4711);
        await host.Silo.HeardAsync("gtw9");
        var page = await (await host.SignInAsync("anna", "acme")).OpenAsync("/gateways");
        var shown = await page.UntilAsync("gtw1");
        Assert.DoesNotContain("gtw9", shown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", shown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_WhenItsRunIsOpen_IsShownToItsTenantOnly()
    {
        await using var host = await ReadyAsync();
        await host.Silo.AddGatewayAsync("gtw1", 1);
        await host.Silo.AddTenantAsync("beta", "rep1", "laptop");
        await host.Grains.GetGrain<IJobGrain>("acme/nightly").OpenRunAsync(Headgate.Silo.Tests.Grains.SiloWorld.Open("laptop"), default);
        var own = await (await host.SignInAsync("anna", "acme")).OpenAsync("/jobs/nightly");
        await own.UntilAsync("Cancel the run");
        var other = await (await host.SignInAsync("bert", "beta")).OpenAsync("/jobs/nightly");
        await other.UntilAsync("There is no job of that name.");
        await other.GoAsync("/jobs/..%2Facme%2Fnightly");
        await other.UntilAsync("There is no job of that name.");
    }

    private static async Task<PageHost> ReadyAsync()
    {
        var host = await PageHost.StartAsync(AccountRole.Tenant);
        await host.Silo.AddRepositoryAsync("rep1");
        await host.Silo.AddTenantAsync("acme", "rep1", "laptop");
        return host;
    }
}
