using System.Net;
using System.Net.Security;
using System.Text.RegularExpressions;
using Headgate.Portal.Provider;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Portal.Tests;

/// <summary>The portal as a web host over TLS, and a client that does with its answers what the test says: no redirect is followed by itself.</summary>
internal sealed partial class SiteClient : IAsyncDisposable
{
    private readonly WebApplication _site;
    private readonly TestAuthority _authority;
    private readonly SocketsHttpHandler _handler;

    private SiteClient(WebApplication site, TestAuthority authority)
    {
        (_site, _authority) = (site, authority);
        var address = site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies, SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };
        Http = new HttpClient(_handler) { BaseAddress = new Uri(address) };
    }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Http { get; }

    public IServiceProvider Services => _site.Services;

    public Uri Address => Http.BaseAddress!;

    public static async Task<SiteClient> StartAsync(PageHost host)
    {
        var authority = new TestAuthority();
        var options = new SiteOptions
        {
            Name = host.Options.Name,
            Role = host.Options.Role,
            Title = host.Options.Title,
            Zone = host.Options.Zone,
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            ConfigureListener = listen => listen.UseHttps(authority.Silo()),
        };
        var site = SiteHost.Build<ProviderApp>(options, host.Silo.Services);
        await site.StartAsync();
        return new SiteClient(site, authority);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? origin = null) => SendAsync(HttpMethod.Get, path, null, origin);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await Http.SendAsync(request);
    }

    /// <summary>The hidden fields of a page's first form.</summary>
    public async Task<Dictionary<string, string>> FormAsync(string path) => Fields(await Http.GetStringAsync(path));

    /// <summary>The hidden fields of a page that came.</summary>
    public static Dictionary<string, string> Fields(string html) =>
        Hidden().Matches(html).ToDictionary(match => match.Groups["name"].Value, match => WebUtility.HtmlDecode(match.Groups["value"].Value));

    /// <summary>Signs in as a browser would.</summary>
    public async Task<HttpResponseMessage> SignInAsync(string account, string password)
    {
        var form = await FormAsync("/sign-in");
        form["Model.Account"] = account;
        form["Model.Password"] = password;
        return await SendAsync(HttpMethod.Post, "/sign-in", new FormUrlEncodedContent(form), Address.GetLeftPart(UriPartial.Authority));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _handler.Dispose();
        await _site.StopAsync();
        await _site.DisposeAsync();
        _authority.Dispose();
    }

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)"\s*/>""")]
    private static partial Regex Hidden();
}
