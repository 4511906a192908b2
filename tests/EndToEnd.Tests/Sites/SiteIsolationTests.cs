using System.Net;
using System.Net.WebSockets;

namespace Headgate.EndToEnd.Tests;

/// <summary>One tenant's user reaches nothing of another's, and nothing of the provider's, by any address, id, cookie or message of the hub.</summary>
[Collection(ProviderCollection.Name)]
public sealed class SiteIsolationTests(Provider provider)
{
    private static readonly string[] s_providerPages =
    [
        "/tenants", "/tenants/acme", "/tenants/new", "/repositories", "/repositories/repo1", "/gateways/gtw1", "/gateways/new", "/activity", "/accounts", "/downloads", "/fleet", "/pools",
        "/tenants/acme/jobs/a", "/jobs/acme/a", "/api", "/v1/tenants", "/edge/v1/snapshot", "/metrics", "/_framework/blazor.boot.json",
    ];

    [Fact]
    public async Task Cookie_OfATenant_ShowsNothingOfAnotherAtAnyAddress()
    {
        var sites = await provider.SitesAsync();
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        var acmes = await provider.OpenRunAsync(provider.AcmeDesk);
        try
        {
            // The job is there for its owner ...
            await using (var own = await Circuit.ShowAsync(sites.Beta, $"/jobs/{ticket.Job}"))
            {
                await own.UntilAsync("Cancel the run");
            }

            // ... and for nobody else, however it is asked for.
            foreach (var path in new[] { $"/jobs/{ticket.Job}", $"/jobs/beta%2F{ticket.Job}", $"/jobs/..%2Fbeta%2F{ticket.Job}", $"/jobs/{ticket.Job}?tenant=beta" })
            {
                await using var other = await Circuit.ShowAsync(sites.Acme, path);
                await other.UntilAsync("There is no job of that name.");
                Assert.False(other.Knows("Cancel the run") || other.Knows("restic snapshots"), path);
            }

            Assert.Equal(HttpStatusCode.BadRequest, (await sites.Acme.GetAsync($"/jobs/%00{ticket.Job}")).Status);

            // Nor does any page show a thing of beta's, whatever is asked. Each is looked at once it shows what is acme's.
            var marks = await BetasMarksAsync(sites);
            var key = await AcmesListsAsync();
            foreach (var (path, acme) in new[]
            {
                ("/?tenant=beta", acmes.Job), ("/jobs?tenant=beta&sort=last-run&desc=1", acmes.Job), ("/jobs?q=" + ticket.Job, "Nothing matches"), ("/connectors?tenant=beta", "Revoke desk"),
                ("/connectors?filter=revoked&tenant=beta", "Revoked"), ("/recovery?tenant=beta", "Recovery sheet of acme"), ("/access-keys?filter=tenant:beta", key), ("/access-keys?tenant=beta", key),
            })
            {
                await using var other = await Circuit.ShowAsync(sites.Acme, path);
                await other.UntilAsync(acme);
                Assert.Empty(marks.Where(other.Knows).Select(mark => $"{mark} at {path}"));
                var here = sites.Acme.Site.GetLeftPart(UriPartial.Authority) + path.Split('?')[0] + "?";
                Assert.Empty(other.Drawn.Where(text => !text.StartsWith(here, StringComparison.Ordinal) && Words.Has(text, "beta")).Select(text => $"{text} at {path}"));
            }
        }
        finally
        {
            await provider.FinishAsync(provider.AcmeDesk, acmes);
            await provider.FinishAsync(provider.BetaDesk, ticket);
        }
    }

    [Fact]
    public async Task ProvidersPages_OnTheTenantsSite_DoNotExist()
    {
        var sites = await provider.SitesAsync();
        foreach (var path in s_providerPages)
        {
            var page = await sites.Acme.GetAsync(path);
            Assert.True(page.Status is HttpStatusCode.NotFound, $"{path}: {page.Status}");
            Assert.DoesNotContain("Portal.Provider", page.Html, StringComparison.Ordinal);
        }

        foreach (var path in new[] { "/", "/sign-in", "/jobs", "/site/site.js" })
        {
            Assert.DoesNotContain("Portal.Provider", (await sites.Acme.GetAsync(path)).Html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cookie_OfOneSite_IsNoCookieOfTheOther()
    {
        var sites = await provider.SitesAsync();
        using var tenants = SiteClient.Tenants(provider);
        tenants.SetCookie("__Host-headgate-tenants", sites.Administrator.SessionCookie);
        tenants.SetCookie("__Host-headgate-provider", sites.Administrator.SessionCookie);
        using var portal = SiteClient.Portal(provider);
        portal.SetCookie("__Host-headgate-provider", sites.Acme.SessionCookie);
        portal.SetCookie("__Host-headgate-tenants", sites.Acme.SessionCookie);

        Assert.Equal("/", (await sites.Acme.GetAsync("/sign-in")).LocalPath);
        foreach (var (client, path) in new[] { (tenants, "/"), (tenants, "/jobs"), (portal, "/"), (portal, "/tenants"), (portal, "/accounts") })
        {
            var page = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.Found, "/sign-in"), (page.Status, page.LocalPath));
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/session/ticket")).Status);
        }
    }

    [Fact]
    public async Task Cookie_WhenAnyPartOfItIsAnother_IsRefused()
    {
        var sites = await provider.SitesAsync();
        var cookie = sites.Acme.SessionCookie;
        foreach (var at in new[] { 0, 20, cookie.Length / 2, cookie.Length - 3 })
        {
            using var client = SiteClient.Tenants(provider);
            client.SetCookie("__Host-headgate-tenants", cookie[..at] + (cookie[at] == 'A' ? 'B' : 'A') + cookie[(at + 1)..]);
            var page = await client.GetAsync("/jobs");
            Assert.Equal((HttpStatusCode.Found, "/sign-in"), (page.Status, page.LocalPath));
        }
    }

    [Fact]
    public async Task Circuit_WithMarkersOfTheOtherSite_IsRefused()
    {
        var sites = await provider.SitesAsync();
        var portal = await sites.Administrator.GetAsync("/");
        var own = await sites.Acme.GetAsync("/");
        Assert.NotEmpty(portal.Markers);

        await using var foreign = await Circuit.OpenAsync(sites.Acme);
        await foreign.StartAsync(sites.Acme, "/tenants", portal.Markers, own.State);
        await foreign.UntilRefusedAsync();

        await using var torn = await Circuit.OpenAsync(sites.Acme);
        await torn.StartAsync(sites.Acme, "/", [.. own.Markers.Select(marker => marker.Replace("\"descriptor\":\"CfDJ8", "\"descriptor\":\"CfDJ9", StringComparison.Ordinal))], own.State);
        await torn.UntilRefusedAsync();

        Assert.All(new[] { foreign, torn }, circuit => Assert.False(circuit.Knows("Overview") || circuit.Knows("Dashboard")));
    }

    [Fact]
    public async Task Circuit_WithMarkersOfAnothersPage_ShowsNothing()
    {
        var sites = await provider.SitesAsync();
        var betas = await sites.Beta.GetAsync("/connectors");
        using var nobody = SiteClient.Tenants(provider);
        foreach (var client in new[] { sites.Acme, nobody })
        {
            await using var circuit = await Circuit.OpenAsync(client);
            await circuit.StartAsync(client, "/recovery", betas.Markers, betas.State);
            await circuit.UntilAsync("This page was made for another session.");
            Assert.False(circuit.Knows("Recovery sheet of"));
            Assert.DoesNotContain(circuit.Drawn, text => Words.Has(text, "beta"));
        }

        await using var own = await Circuit.OpenAsync(sites.Beta);
        await own.StartAsync(sites.Beta, "/recovery", betas.Markers, betas.State);
        await own.UntilAsync("Recovery sheet of beta");
    }

    [Fact]
    public async Task Circuit_WhenItsAccountIsDisabled_ShowsThatItHasEnded()
    {
        var account = provider.Fresh("dora");
        using var client = SiteClient.Tenants(provider);
        await client.SignInFirstAsync(account, await SitesFixture.AddAsync(provider, account, "--tenant", "acme"), SitesFixture.Password);
        await using var circuit = await Circuit.ShowAsync(client, "/connectors");
        await circuit.UntilAsync("Your machines");
        Assert.False(circuit.Knows("Your session has ended"));

        (await provider.World.AdminAsync("account", "disable", account)).Succeeded();

        await circuit.UntilAsync("Your session has ended");
        var page = await client.GetAsync("/connectors");
        Assert.Equal((HttpStatusCode.Found, "/sign-in"), (page.Status, page.LocalPath));
    }

    [Fact]
    public async Task Socket_FromAPageOfAnotherOrigin_DoesNotOpen()
    {
        var sites = await provider.SitesAsync();
        foreach (var origin in new[] { "https://evil.example", $"https://my.{World.Zone}", $"http://my.{World.Zone}:{World.PublicPort}", "null", $"https://cc.{World.Zone}:{World.PublicPort}" })
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(() => Circuit.OpenAsync(sites.Acme, origin));
            Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Texts that beta's pages show, and that come about nowhere else.</summary>
    private async Task<string[]> BetasMarksAsync(SitesFixture sites)
    {
        var mark = Guid.NewGuid().ToString("N")[..16];
        var key = await provider.Beta.AccessKeyAsync("repo1", "--name", "key " + mark);
        await provider.Beta.EnrolAsync("desk-" + mark);
        await using (var connectors = await Circuit.ShowAsync(sites.Beta, "/connectors"))
        {
            await connectors.UntilAsync("Revoke desk-" + mark);
            Assert.Contains(connectors.Drawn, text => text == "desk-" + mark);
        }

        await using var keys = await Circuit.ShowAsync(sites.Beta, "/access-keys");
        var id = key.GetProperty("key").GetString()!;
        await keys.UntilAsync(id);
        return [mark, id];
    }

    /// <summary>
    /// Gives acme one of each that its lists can show: with something revoked they have a choice, whose links keep what else the address says, so that a page says again what it
    /// was asked for. Answers the name of a key in force.
    /// </summary>
    private async Task<string> AcmesListsAsync()
    {
        var (host, revoked, name) = (provider.Fresh("gone"), provider.Fresh("gone key "), provider.Fresh("good key "));
        await provider.Acme.EnrolAsync(host);
        (await provider.World.AdminAsync("connector", "revoke", "acme", host)).Succeeded();
        var key = await provider.Acme.AccessKeyAsync("repo1", "--name", revoked);
        (await provider.World.AdminAsync("access-key", "revoke", "acme", key.GetProperty("key").GetString()!)).Succeeded();
        await provider.Acme.AccessKeyAsync("repo1", "--name", name);
        return name;
    }
}
