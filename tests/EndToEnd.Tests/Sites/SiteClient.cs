using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Headgate.EndToEnd.Tests;

/// <summary>Somebody at a browser without scripts: cookies are kept, redirects are looked at and not followed, forms are sent with what the page gave for them.</summary>
internal sealed partial class SiteClient : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _client;

    private SiteClient(Uri site, string address, X509Certificate2? root)
    {
        Site = site;
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = Cookies,
            ConnectCallback = async (context, token) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Parse(address), site.Port, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        if (root is null)
        {
            _handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }
        else
        {
            _handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            _handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(root);
        }

        _client = new HttpClient(_handler) { BaseAddress = site };
    }

    public Uri Site { get; }

    public CookieContainer Cookies { get; } = new();

    public HttpMessageInvoker Invoker => _client;

    /// <summary>The tenants' site as <c>my.&lt;zone&gt;</c> through a gateway, trusting the authority's root and nothing else.</summary>
    public static SiteClient Tenants(Provider provider) => Tenants(provider.GatewayAddress, provider.AuthorityFile);

    /// <inheritdoc cref="Tenants(Provider)"/>
    public static SiteClient Tenants(string gatewayAddress, string authorityFile) => new(
        new Uri($"https://my.{World.Zone}:{World.PublicPort}/"), gatewayAddress, X509CertificateLoader.LoadCertificateFromFile(authorityFile));

    /// <summary>The provider's portal, where administrators reach it.</summary>
    public static SiteClient Portal(Provider provider) => Portal(provider.World);

    /// <inheritdoc cref="Portal(Provider)"/>
    public static SiteClient Portal(World world)
    {
        var server = world.AddressOf("server");
        return new(new Uri($"https://{server}:6184/"), server, null);
    }

    /// <summary>The session's cookie, as a header says it.</summary>
    public string SessionCookie => Cookies.GetCookies(Site).Single(cookie => cookie.Name is "__Host-headgate-tenants" or "__Host-headgate-provider").Value;

    public void SetCookie(string name, string value) => Cookies.Add(Site, new Cookie(name, value, "/") { Secure = true });

    public async Task<Page> GetAsync(string path)
    {
        // As it is written: no dots or escapes are taken out on the way.
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Site.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        return await SendAsync(request);
    }

    /// <summary>Fills in the form that <paramref name="page"/> shows and sends it to <paramref name="path"/>.</summary>
    public Task<Page> SubmitAsync(Page page, string path, params (string Name, string Value)[] fields) =>
        PostAsync(path, [("_handler", page.Field("_handler")), (Page.TokenField, page.Field(Page.TokenField)), .. fields]);

    public async Task<Page> PostAsync(string path, (string Name, string Value)[] fields, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Site, path))
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await SendAsync(request);
    }

    /// <summary>Signs in with a first password and chooses another, as everybody does.</summary>
    public async Task SignInFirstAsync(string account, string first, string chosen)
    {
        var signedIn = await SignInAsync(account, first);
        Assert.Equal((HttpStatusCode.Found, "/account/password"), (signedIn.Status, signedIn.LocalPath));
        var form = await GetAsync("/account/password");
        var changed = await SubmitAsync(form, "/account/password", ("Model.Current", first), ("Model.Replacement", chosen), ("Model.Again", chosen));
        Assert.Equal((HttpStatusCode.Found, "/"), (changed.Status, changed.LocalPath));
    }

    public async Task<Page> SignInAsync(string account, string password, string query = "") =>
        await SubmitAsync(await GetAsync("/sign-in" + query), "/sign-in" + query, ("Model.Account", account), ("Model.Password", password));

    public void Dispose() => _client.Dispose();

    private async Task<Page> SendAsync(HttpRequestMessage request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var response = await _client.SendAsync(request, patience.Token);
        return new Page(response.StatusCode, response.Headers.Location?.OriginalString, response.Headers.ToString() + response.Content.Headers, await response.Content.ReadAsStringAsync(patience.Token));
    }

    /// <summary>What came back.</summary>
    internal sealed partial record Page(HttpStatusCode Status, string? Location, string Headers, string Html)
    {
        public const string TokenField = "__RequestVerificationToken";

        /// <summary>Where it leads, when that is within the site.</summary>
        public string? LocalPath => Location is null ? null : new Uri(new Uri($"https://my.{World.Zone}:{World.PublicPort}/"), Location).AbsolutePath;

        /// <summary>What Blazor's script would begin the circuit with.</summary>
        public IReadOnlyList<string> Markers => [.. MarkerPattern().Matches(Html).Select(match => match.Groups[1].Value)];

        public string State => StatePattern().Match(Html) is { Success: true } match ? match.Groups[1].Value : "";

        public string Field(string name) => Regex.Match(Html, $"name=\"{name}\" value=\"([^\"]*)\"") is { Success: true } match
            ? WebUtility.HtmlDecode(match.Groups[1].Value)
            : throw new InvalidOperationException($"No field {name} in:\n{Html}");

        [GeneratedRegex(@"<!--Blazor:(\{""type"":""server"".*?\})-->")]
        private static partial Regex MarkerPattern();

        [GeneratedRegex(@"<!--Blazor-Server-Component-State:(.*?)-->")]
        private static partial Regex StatePattern();
    }
}
