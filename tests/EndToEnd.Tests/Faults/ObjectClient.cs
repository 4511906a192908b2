using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// A real HTTP client with an access key: restic's REST protocol over TLS 1.3 through a gateway (or whatever listens at the address it is given). With one
/// connection it keeps that connection until <see cref="Dispose"/>.
/// </summary>
internal sealed class ObjectClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="accessKey">What <c>access-key add --json</c> printed.</param>
    /// <param name="authorityFile">PEM with the SP's root certificate.</param>
    /// <param name="dial">Where connections go.</param>
    /// <param name="path">The restic repository's path, such as <c>/objects/</c>.</param>
    /// <param name="connections">Connections at most.</param>
    public ObjectClient(JsonElement accessKey, string authorityFile, IPEndPoint dial, string path, int connections = 1)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        trust.CustomTrustStore.ImportFromPemFile(authorityFile);
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = connections,
            UseProxy = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            SslOptions = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls13, CertificateChainPolicy = trust },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(dial, token);
                    Connected++;
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        var name = accessKey.GetProperty("accessName").GetString()!;
        var secret = $"{accessKey.GetProperty("key").GetString()}:{accessKey.GetProperty("secret").GetString()}";
        _http = new HttpClient(handler) { BaseAddress = new Uri($"https://{name}:{World.PublicPort}{path}"), Timeout = TimeSpan.FromMinutes(10) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(secret)));
    }

    /// <summary>TCP connections made so far.</summary>
    public int Connected { get; private set; }

    public static string NameOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Makes the restic repository's folder, as soon as the repository has heard of the access key.</summary>
    public async Task CreateAsync()
    {
        HttpStatusCode status = default;
        await Tool.UntilAsync(
            async () =>
            {
                using var answer = await _http.PostAsync("?create=true", null);
                return (status = answer.StatusCode) != HttpStatusCode.Unauthorized;
            },
            "the access key to be known");
        Assert.Equal(HttpStatusCode.OK, status);
    }

    public Task<Answer> PostAsync(byte[] bytes, string type = "data") => PostAsync(NameOf(bytes), new ByteArrayContent(bytes), type);

    public async Task<Answer> PostAsync(string name, HttpContent body, string type = "data")
    {
        using var answer = await _http.PostAsync($"{type}/{name}", body);
        return new Answer(answer.StatusCode, answer.ReasonPhrase, await answer.Content.ReadAsByteArrayAsync());
    }

    public async Task<Answer> DeleteAsync(string name, string type = "data")
    {
        using var answer = await _http.DeleteAsync($"{type}/{name}");
        return new Answer(answer.StatusCode, answer.ReasonPhrase, await answer.Content.ReadAsByteArrayAsync());
    }

    public async Task<Answer> GetAsync(string name, string type = "data")
    {
        using var answer = await _http.GetAsync($"{type}/{name}");
        return new Answer(answer.StatusCode, answer.ReasonPhrase, await answer.Content.ReadAsByteArrayAsync());
    }

    /// <summary>The sha256 of an object that is too large to hold.</summary>
    public async Task<string> SumAsync(string name, string type = "data")
    {
        await using var stream = await _http.GetStreamAsync($"{type}/{name}");
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream));
    }

    public void Dispose() => _http.Dispose();

    internal sealed record Answer(HttpStatusCode Status, string? Reason, byte[] Body);
}
