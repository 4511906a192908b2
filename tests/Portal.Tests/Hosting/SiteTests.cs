using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal.Tests;

/// <summary>The site over HTTP, with what no browser would send.</summary>
public sealed class SiteTests
{
    [Fact]
    public async Task Answer_WhateverWasAsked_CarriesTheSafeHeaders()
    {
        await using var host = await PageHost.StartAsync();
        await using var client = await SiteClient.StartAsync(host);
        foreach (var (path, status) in new[]
        {
            ("/", 302), ("/sign-in", 200), ("/tenants", 302), ("/site/site.css", 200), ("/site/none.css", 404), ("/nowhere", 404), ("/health", 200), ("/session/ticket", 401),
            ("/sign-out", 405), ("/_blazor", 400), ("/_framework/blazor.web.js", 200), ("/sign-in?return=//evil.example", 200),
        })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal((path, status), (path, (int)answer.StatusCode));
            AssertSafe(answer);
        }

        using var refused = await client.SendAsync(HttpMethod.Post, "/sign-in", new FormUrlEncodedContent([]), "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        AssertSafe(refused);
    }

    [Fact]
    public async Task Form_WhenWithoutItsTokenOrWithAForeignOne_DoesNothing()
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("anna");
        await using var client = await SiteClient.StartAsync(host);
        await using var other = await SiteClient.StartAsync(host);
        var form = await client.FormAsync("/sign-in");
        var foreign = await other.FormAsync("/sign-in");
        form["Model.Account"] = "anna";
        form["Model.Password"] = PageHost.Password;
        var token = form.Keys.Single(name => name.Contains("Token", StringComparison.Ordinal));
        foreach (var value in new[] { null, "", "forged", foreign[token] })
        {
            var sent = new Dictionary<string, string>(form);
            sent.Remove(token);
            if (value is not null)
            {
                sent[token] = value;
            }

            using var answer = await client.SendAsync(HttpMethod.Post, "/sign-in", new FormUrlEncodedContent(sent));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.DoesNotContain(answer.Headers, header => header.Key == "Set-Cookie" && header.Value.Any(cookie => cookie.StartsWith("__Host-headgate-provider=", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task SignIn_WhenAccepted_SetsACookieThatNoScriptAndNoOtherSiteGets()
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("anna");
        await using var client = await SiteClient.StartAsync(host);
        using var answer = await client.SignInAsync("anna", PageHost.Password);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("__Host-headgate-provider=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("; httponly", cookie);
        Assert.Contains("; secure", cookie);
        Assert.Contains("; samesite=lax", cookie);
        Assert.Contains("; path=/", cookie);
        Assert.DoesNotContain("domain=", cookie);
        using var start = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, start.StatusCode);
    }

    [Fact]
    public async Task SignIn_WhenACodeIsNeeded_CarriesATicketAndNotThePassword()
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("anna");
        var account = host.Grains.GetGrain<IAccountGrain>("anna");
        var setup = await account.PrepareSecondFactorAsync(PageHost.Password, default);
        await account.EnableSecondFactorAsync(Code(), default);
        host.Silo.Time.Advance(TimeSpan.FromSeconds(30));
        await using var client = await SiteClient.StartAsync(host);

        using var first = await client.SignInAsync("anna", PageHost.Password);
        var page = await first.Content.ReadAsStringAsync();
        Assert.DoesNotContain(PageHost.Password, page, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"password\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(first.Headers, header => header.Key == "Set-Cookie" && header.Value.Any(cookie => cookie.StartsWith("__Host-headgate-provider=", StringComparison.Ordinal)));
        var form = SiteClient.Fields(page);
        Assert.NotEmpty(form["Second.Ticket"]);

        // A ticket that is none, or one of another site or purpose, opens nothing, whatever the code.
        var protection = client.Services.GetRequiredService<IDataProtectionProvider>();
        var stamp = (await account.SignInAsync(new SignInAttempt(PageHost.Password, AccountRole.Administrator, "192.0.2.7"), default)).Stamp!;
        var tenants = new SiteOptions { Name = "tenants", Role = AccountRole.Tenant, Title = "Tenants", Zone = "backup.test", Listen = new IPEndPoint(IPAddress.Loopback, 0), ConfigureListener = static _ => { } };
        foreach (var ticket in new[] { "", "forged", form["Second.Ticket"][..^4], new SignInTicket("anna", stamp).Seal(protection, tenants), new SessionTickets(protection, host.Options).Write(
            SessionUser.Of(await account.GetAsync(default), stamp, DateTimeOffset.UtcNow.AddHours(1))) })
        {
            Assert.Contains("That took too long", await SayAsync(new(form) { ["Second.Ticket"] = ticket, ["Second.Code"] = Code() }), StringComparison.Ordinal);
        }

        Assert.Contains("This code is wrong", await SayAsync(new(form) { ["Second.Code"] = "000000" }), StringComparison.Ordinal);
        using var signedIn = await SendAsync(new(form) { ["Second.Code"] = Code() });
        Assert.Equal(HttpStatusCode.Found, signedIn.StatusCode);
        using var start = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, start.StatusCode);

        string Code()
        {
            var key = new byte[Headgate.Silo.Grains.Accounts.Totp.KeyBytes];
            Assert.True(Headgate.Protocol.Naming.Base32.TryDecode(setup.Key.ToLowerInvariant(), key));
            return Headgate.Silo.Grains.Accounts.Totp.At(key, host.Silo.Time.GetUtcNow());
        }

        Task<HttpResponseMessage> SendAsync(Dictionary<string, string> fields) =>
            client.SendAsync(HttpMethod.Post, "/sign-in", new FormUrlEncodedContent(fields), client.Address.GetLeftPart(UriPartial.Authority));

        async Task<string> SayAsync(Dictionary<string, string> fields)
        {
            using var answer = await SendAsync(fields);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Cookie_WhenTheSessionWasEnded_OpensNothing()
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("anna");
        await using var client = await SiteClient.StartAsync(host);
        (await client.SignInAsync("anna", PageHost.Password)).Dispose();
        using var ticket = await client.GetAsync("/session/ticket");
        Assert.Equal(HttpStatusCode.OK, ticket.StatusCode);
        Assert.True(ticket.Headers.CacheControl!.NoStore);
        await host.Grains.GetGrain<IAccountGrain>("anna").ResetPasswordAsync(default);
        using var start = await client.GetAsync("/tenants");
        Assert.Equal(HttpStatusCode.Found, start.StatusCode);
        Assert.Contains("/sign-in?return=%2Ftenants", start.Headers.Location!.ToString());
        using var refused = await client.GetAsync("/session/ticket");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Page_WhenThePasswordMustBeChanged_LeadsThereAndNowhereElse()
    {
        await using var host = await PageHost.StartAsync();
        var made = await host.Grains.GetGrain<IAccountGrain>("fresh").CreateAsync(new CreateAccount("Fresh", AccountRole.Administrator, null, null, true), default);
        await using var client = await SiteClient.StartAsync(host);
        using var signedIn = await client.SignInAsync("fresh", made.Password);
        Assert.EndsWith("/account/password", signedIn.Headers.Location!.ToString());
        foreach (var path in new[] { "/", "/tenants", "/tenants/new", "/accounts" })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
            Assert.Contains("/account/password", answer.Headers.Location!.ToString());
        }
    }

    [Fact]
    public async Task SignOut_WhenAnotherSiteAsks_DoesNothing()
    {
        await using var host = await PageHost.StartAsync();
        await host.SignInAsync("anna");
        await using var client = await SiteClient.StartAsync(host);
        (await client.SignInAsync("anna", PageHost.Password)).Dispose();
        foreach (var origin in new[] { "https://evil.example", "null", null })
        {
            using var answer = await client.SendAsync(HttpMethod.Post, "/sign-out", new FormUrlEncodedContent([]), origin);
            Assert.Equal(origin is null ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var start = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, start.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1")]
    public async Task Circuit_WhenAnotherSiteOpensIt_IsRefused(string origin)
    {
        await using var host = await PageHost.StartAsync();
        await using var client = await SiteClient.StartAsync(host);
        using var socket = await client.GetAsync("/_blazor?id=x", origin);
        Assert.Equal(HttpStatusCode.Forbidden, socket.StatusCode);
        using var negotiation = await client.SendAsync(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1", null, origin);
        Assert.Equal(HttpStatusCode.Forbidden, negotiation.StatusCode);
    }

    [Fact]
    public async Task SignIn_WhenTriedTooOftenFromOneAddress_SaysWhenToTryAgain()
    {
        await using var host = await PageHost.StartAsync();
        await using var client = await SiteClient.StartAsync(host);
        HttpStatusCode last = default;
        for (var i = 0; i < 25 && last != HttpStatusCode.TooManyRequests; i++)
        {
            using var answer = await client.SendAsync(HttpMethod.Post, "/sign-in", new FormUrlEncodedContent([]));
            last = answer.StatusCode;
            if (last == HttpStatusCode.TooManyRequests)
            {
                Assert.Equal(20, i);
                Assert.Equal("60", answer.Headers.GetValues("Retry-After").Single());
                Assert.Contains("More than 20 attempts", await answer.Content.ReadAsStringAsync());
            }
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        // Looking is not trying.
        using var page = await client.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Request_WhenItsBodyIsTooLong_IsRefused()
    {
        await using var host = await PageHost.StartAsync();
        await using var client = await SiteClient.StartAsync(host);
        using var answer = await client.SendAsync(HttpMethod.Post, "/sign-in", new ByteArrayContent(new byte[300 * 1024]) { Headers = { ContentType = new("application/x-www-form-urlencoded") } });
        Assert.InRange((int)answer.StatusCode, 400, 413);
    }

    [Fact]
    public async Task Asset_WhenAskedByItsVersion_IsKeptForGood()
    {
        await using var host = await PageHost.StartAsync();
        await using var client = await SiteClient.StartAsync(host);
        using var kept = await client.GetAsync(new SiteAssets()["site/site.css"]);
        Assert.Equal("public, max-age=31536000, immutable", kept.Headers.CacheControl!.ToString());
        Assert.Equal("text/css", kept.Content.Headers.ContentType!.MediaType);
        using var asked = await client.GetAsync("/site/site.css?v=0");
        Assert.True(asked.Headers.CacheControl!.NoCache);
        foreach (var path in new[] { "/site/../appsettings.json", "/_content/", "/_framework/..%2f..%2fetc/passwd" })
        {
            using var none = await client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.NotFound), (path, none.StatusCode));
        }
    }

    private static void AssertSafe(HttpResponseMessage answer)
    {
        string Header(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
        Assert.Contains("default-src 'self'", Header("Content-Security-Policy"));
        Assert.DoesNotContain("script-src", Header("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", Header("Content-Security-Policy"));
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("DENY", Header("X-Frame-Options"));
        Assert.Equal("same-origin", Header("Referrer-Policy"));
        Assert.Equal("max-age=31536000", Header("Strict-Transport-Security"));
        Assert.Equal("", Header("Server"));
    }
}
