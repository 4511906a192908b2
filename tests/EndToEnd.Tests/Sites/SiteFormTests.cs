using System.Net;

namespace Headgate.EndToEnd.Tests;

/// <summary>Forms of the tenants' site: forged, replayed, and with a way out in them.</summary>
[Collection(ProviderCollection.Name)]
public sealed class SiteFormTests(Provider provider)
{
    [Fact]
    public async Task Site_ThroughAGateway_ShowsTheAuthoritysCertificateAndSafeHeaders()
    {
        using var client = SiteClient.Tenants(provider);

        var page = await client.GetAsync("/sign-in");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("frame-ancestors 'none'", page.Headers, StringComparison.Ordinal);
        Assert.Contains("nosniff", page.Headers, StringComparison.Ordinal);
        Assert.Contains("max-age=31536000", page.Headers, StringComparison.Ordinal);
        var authority = await client.GetAsync("/authority.pem");
        Assert.Equal(await File.ReadAllTextAsync(provider.AuthorityFile), authority.Html.Trim() + "\n");
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/downloads/headgate-server-0.1.0-linux-x64.tar.gz")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/downloads/..%2f..%2fauthority%2froot.pem")).Status);
    }

    [Fact]
    public async Task Return_WhenItLeadsOutOfTheSite_IsNotFollowed()
    {
        var sites = await provider.SitesAsync();
        foreach (var way in new[] { "//evil.example", "/\\evil.example", "https://evil.example/", "/%09/evil.example", "javascript:alert(1)", "evil.example", "\\\\evil.example" })
        {
            // Somebody who is signed in already goes on at once.
            var page = await sites.Acme.GetAsync("/sign-in?return=" + Uri.EscapeDataString(Uri.UnescapeDataString(way)));
            Assert.Equal(HttpStatusCode.Found, page.Status);
            Assert.Equal(("/", sites.Acme.Site.Host), (page.LocalPath, new Uri(sites.Acme.Site, page.Location).Host));
        }

        using var client = SiteClient.Tenants(provider);
        var signedIn = await client.SignInAsync(sites.AcmeUser, SitesFixture.Password, "?return=%2F%2Fevil.example");
        Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.Status, signedIn.LocalPath));
        Assert.Equal(client.Site.Host, new Uri(client.Site, signedIn.Location).Host);
        Assert.Equal("/jobs", (await sites.Acme.GetAsync("/sign-in?return=%2Fjobs%3Ffilter%3Dfailed")).LocalPath);
    }

    [Fact]
    public async Task Form_WithoutATokenOrWithAnothers_IsRefused()
    {
        var sites = await provider.SitesAsync();
        var form = await sites.Acme.GetAsync("/account/password");
        (string, string)[] fields = [("_handler", form.Field("_handler")), ("Model.Current", SitesFixture.Password), ("Model.Replacement", "a password of the thief"), ("Model.Again", "a password of the thief")];
        var betas = (await sites.Beta.GetAsync("/account/password")).Field(SiteClient.Page.TokenField);

        Assert.Equal(HttpStatusCode.BadRequest, (await sites.Acme.PostAsync("/account/password", fields)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await sites.Acme.PostAsync("/account/password", [.. fields, (SiteClient.Page.TokenField, betas)])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await sites.Acme.PostAsync("/sign-out", [("a", "b")])).Status);

        // Beta's token with beta's cookie for it, in acme's session: what a thief would bring who can set cookies.
        using var mixed = SiteClient.Tenants(provider);
        foreach (Cookie cookie in sites.Beta.Cookies.GetCookies(sites.Beta.Site))
        {
            mixed.SetCookie(cookie.Name, cookie.Name == "__Host-headgate-tenants" ? sites.Acme.SessionCookie : cookie.Value);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await mixed.PostAsync("/account/password", [.. fields, (SiteClient.Page.TokenField, betas)])).Status);

        // Nothing of it was done: the session and its password are what they were.
        Assert.Equal(HttpStatusCode.OK, (await sites.Acme.GetAsync("/account/password")).Status);
        using var again = SiteClient.Tenants(provider);
        Assert.Equal("/", (await again.SignInAsync(sites.AcmeUser, SitesFixture.Password)).LocalPath);
    }

    [Fact]
    public async Task Form_FromAPageOfAnotherOrigin_IsRefused()
    {
        var sites = await provider.SitesAsync();
        var form = await sites.Acme.GetAsync("/account/second-factor");
        (string, string)[] fields = [("_handler", form.Field("_handler")), (SiteClient.Page.TokenField, form.Field(SiteClient.Page.TokenField)), ("Prepare.Password", SitesFixture.Password)];

        foreach (var origin in new[] { "https://evil.example", "null", $"https://my.{World.Zone}" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await sites.Acme.PostAsync("/account/second-factor", fields, origin)).Status);
        }

        var own = await sites.Acme.PostAsync("/account/second-factor", fields, sites.Acme.Site.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.OK, own.Status);
        Assert.Contains("Scan this", own.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondFactor_WithTheSealedKeyOfAnother_BeginsAgain()
    {
        var sites = await provider.SitesAsync();
        var betas = await sites.Beta.SubmitAsync(await sites.Beta.GetAsync("/account/second-factor"), "/account/second-factor", ("Prepare.Password", SitesFixture.Password));
        var acmes = await sites.Acme.SubmitAsync(await sites.Acme.GetAsync("/account/second-factor"), "/account/second-factor", ("Prepare.Password", SitesFixture.Password));

        var answer = await sites.Acme.SubmitAsync(acmes, "/account/second-factor", ("Enable.Code", "000000"), ("Enable.Sealed", betas.Field("Enable.Sealed")));

        Assert.Contains("This key is too old", answer.Html, StringComparison.Ordinal);
        var wrong = await sites.Acme.SubmitAsync(acmes, "/account/second-factor", ("Enable.Code", "000000"), ("Enable.Sealed", acmes.Field("Enable.Sealed")));
        Assert.Contains("Scan this", wrong.Html, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", wrong.Html, StringComparison.Ordinal);
    }
}
