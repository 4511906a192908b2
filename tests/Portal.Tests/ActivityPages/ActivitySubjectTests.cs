using Headgate.Portal.Provider.Activity;

namespace Headgate.Portal.Tests.ActivityPages;

public sealed class ActivitySubjectTests
{
    [Theory]
    [InlineData("tenant-created", "tenant 'acme', 'gateway 'gtw1''.", "acme", "/tenants/acme")]
    [InlineData("enrolled", "Connector 'a' of tenant 'acme' from host 'x' with certificate 1.", "acme", "/tenants/acme/connectors")]
    [InlineData("access-key-created", "'k' (Full, 'repository 'r1'') of tenant 'acme' for repository 'repo1'.", "acme", "/tenants/acme/access-keys")]
    [InlineData("run-cancelled", "Run 3 of job 'docs' of tenant 'acme'.", "acme", "/jobs/acme/docs")]
    [InlineData("gateway-created", "gateway 'gtw1' at 192.0.2.1:6180, Direct, weight 1, pools default.", null, "/gateways/gtw1")]
    [InlineData("code-created", "An enrolment code for repository 'repo1', until 2026-11-22T00:00:00Z.", null, "/repositories/repo1")]
    [InlineData("revoked", "The certificate of gateway 'gtw1' and its unused codes.", null, "/gateways/gtw1")]
    [InlineData("account-created", "account 'a@b.c', 'x', an administrator.", null, "/accounts/a%40b.c")]
    [InlineData("account-deleted", "account 'gone', 'x'.", null, null)]
    [InlineData("sign-in-refused", "account of that name: from 192.0.2.1.", null, null)]
    public void Of_WhenASentenceNamesItsSubject_LeadsThere(string kind, string what, string? tenant, string? href) =>
        Assert.Equal(href, ActivitySubject.Of(new ActivityInfo(1, default, kind, "silo", what, tenant))?.Href);

    [Fact]
    public void Sentence_WhenItHasATime_SaysItShort() =>
        Assert.Equal("Tenant 'a' until 2026-11-23 00:44 UTC.", ActivityText.Sentence("tenant 'a' until 2026-11-23T00:44:47.1840000+00:00."));

    [Fact]
    public async Task Log_WhenAGroupIsChosen_ShowsItsKindsOnly()
    {
        await using var host = await PageHost.StartAsync();
        await host.Grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        var page = await (await host.SignInAsync()).OpenAsync("/activity?filter=tenants");
        var shown = await page.UntilAsync("Tenant created");
        Assert.DoesNotContain("Account created", shown.Text);
        await page.GoAsync("/activity?filter=accounts");
        shown = await page.UntilAsync("Account created");
        Assert.DoesNotContain("Tenant created", shown.Text);
    }
}
