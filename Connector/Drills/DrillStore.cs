using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Headgate.Connector.Drills;

/// <summary>
/// A small REST client of restic's protocol, as a tool has one: objects of a restic repository that is the drills' own. Nothing is tried twice, so that every fault
/// of the way that reaches a tool is seen. Dispose closes its connections.
/// </summary>
internal sealed class DrillStore : IDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;
    private readonly Uri _folder;

    /// <param name="repositoryUrl">As a tool gets it: <c>rest:http://user:password@host:port/path/</c>.</param>
    /// <param name="connections">Connections at once.</param>
    public DrillStore(string repositoryUrl, int connections)
    {
        var given = new Uri(repositoryUrl["rest:".Length..]);
        _folder = new UriBuilder(given) { UserName = "", Password = "" }.Uri;
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(given.UserInfo)));
    }

    /// <summary>Makes the restic repository, unless it is there.</summary>
    public Task CreateAsync(CancellationToken token) => SendAsync(HttpMethod.Post, "?create=true", null, token);

    /// <summary>The objects that are there.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken token)
    {
        using var answer = await AnswerAsync(HttpMethod.Get, "data/", null, token);
        return JsonSerializer.Deserialize<string[]>(await answer.Content.ReadAsStringAsync(token)) ?? [];
    }

    /// <summary>Uploads an object of random bytes at a gentle pace.</summary>
    /// <returns>Its name: the SHA-256 of its bytes.</returns>
    public async Task<string> UploadAsync(int bytes, int bytesPerSecond, TimeProvider time, CancellationToken token)
    {
        var content = RandomNumberGenerator.GetBytes(bytes);
        var name = Convert.ToHexStringLower(SHA256.HashData(content));
        await SendAsync(HttpMethod.Post, "data/" + name, new PacedContent(content, Math.Max(1, (int)(bytesPerSecond * s_pace.TotalSeconds)), s_pace, time), token);
        return name;
    }

    /// <summary>Whether the bytes under <paramref name="name"/> are those that it was given for.</summary>
    public async Task<bool> IsRightAsync(string name, CancellationToken token)
    {
        using var answer = await AnswerAsync(HttpMethod.Get, "data/" + name, null, token);
        await using var body = await answer.Content.ReadAsStreamAsync(token);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(body, token)) == name;
    }

    /// <summary>Deletes an object.</summary>
    public Task DeleteAsync(string name, CancellationToken token) => SendAsync(HttpMethod.Delete, "data/" + name, null, token);

    public void Dispose() => _http.Dispose();

    private async Task SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken token)
    {
        using var answer = await AnswerAsync(method, path, content, token);
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpMethod method, string path, HttpContent? content, CancellationToken token)
    {
        using var request = new HttpRequestMessage(method, new Uri(_folder, path)) { Content = content };
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            return answer;
        }

        using (answer)
        {
            throw new HttpRequestException($"{method} {path.Split('/')[0]}: {(int)answer.StatusCode} {answer.ReasonPhrase}", null, answer.StatusCode);
        }
    }

    /// <summary>Bytes that go out in pieces with pauses in between, so that a small object is on its way for a while.</summary>
    private sealed class PacedContent(byte[] bytes, int piece, TimeSpan pause, TimeProvider time) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            for (var at = 0; at < bytes.Length; at += piece)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                await Task.Delay(pause, time, cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
