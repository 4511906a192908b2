using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;

namespace Headgate.Protocol.Edge;

/// <summary>
/// A gateway's or repository's side of the edge API: mutual TLS 1.3 to a silo of our authority, HTTP/2 on kept connections.
/// Safe for concurrent use.
/// </summary>
public sealed class EdgeClient : IDisposable
{
    private const int MaxDataLength = 64 * 1024 * 1024;
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_requestTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly ProgramIdentity _identity;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<string> _announced = [];

    /// <summary>A client that shows <paramref name="identity"/> and dials where it enrolled. Connections open when first used.</summary>
    public EdgeClient(ProgramIdentity identity, TimeProvider time)
    {
        _time = time;
        _identity = identity;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = s_connectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "edge." + identity.Zone,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = identity.CertificateContext,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => AuthorityTrust.Check(
                    certificate,
                    [.. chain?.ChainPolicy.ExtraStore ?? [], .. identity.Intermediates],
                    identity.Authorities,
                    CertificateRole.Silo,
                    id: null,
                    dnsName: "edge." + identity.Zone,
                    time) == PeerCheck.Ok,
            },
        };
        var host = identity.Host.Contains(':', StringComparison.Ordinal) ? $"[{identity.Host}]" : identity.Host;
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://{host}:{identity.Port}")),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The roots that the silo's last answer named; see <see cref="AuthorityNews"/>. Empty before the first.</summary>
    public IReadOnlyList<string> Announced => _announced;

    /// <summary>Completes when the silo names roots that this client's identity has to do something about, and stays so until the silo names others.</summary>
    public Task News => Volatile.Read(ref _news).Task;

    /// <summary>The roots that are trusted, as PEM; 10 s at most.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    public async Task<string> AuthoritiesAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(ProtocolHttp.Request(HttpMethod.Get, EdgeRoutes.Authority), cancellationToken);
        await ProtocolHttp.EnsureSuccessAsync(response, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Posts and reads the answer; 10 s at most.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    public async Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(ProtocolHttp.Request(HttpMethod.Post, path, request), cancellationToken);
        return await ProtocolHttp.ReadAsync<TAnswer>(response, cancellationToken);
    }

    /// <summary>Posts where the answer has no body; 10 s at most.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    public async Task PostAsync<TRequest>(string path, TRequest request, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(ProtocolHttp.Request(HttpMethod.Post, path, request), cancellationToken);
        await ProtocolHttp.EnsureSuccessAsync(response, cancellationToken);
    }

    /// <summary>Gets, or null when there is no such thing (404); 10 s at most.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    public async Task<TAnswer?> GetAsync<TAnswer>(string path, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var response = await SendAsync(ProtocolHttp.Request(HttpMethod.Get, path), cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ProtocolHttp.ReadAsync<TAnswer>(response, cancellationToken);
    }

    /// <summary>
    /// The event stream, on one request: events in order, and <see cref="EdgeEvent.Heard"/> for each comment. It ends when the silo ends it.
    /// The caller comes back with the last sequence number, after a jittered wait.
    /// </summary>
    /// <param name="after">The last sequence number seen, or null for a snapshot.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or was silent for 15 s.</exception>
    public async IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = ProtocolHttp.Request(HttpMethod.Get, EdgeRoutes.Stream);
        request.Headers.Accept.Clear();
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (after is { } last)
        {
            request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        }

        using var response = await SendAsync(request, cancellationToken);
        await ProtocolHttp.EnsureSuccessAsync(response, cancellationToken);
        using var reader = EventParser.Open(await response.Content.ReadAsStreamAsync(cancellationToken));
        var parser = new EventParser(MaxDataLength);
        while (await ReadLineAsync(reader, cancellationToken) is { } line)
        {
            if (parser.Add(line) is { } happened)
            {
                yield return happened;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_requestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        request.Headers.Add(AuthorityNews.TrustsHeader, AuthorityNews.Format(_identity.Trusts));
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            Hear(response);
            return response;
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"The silo at {_http.BaseAddress} did not answer within {s_requestTimeout.TotalSeconds:0} s.", fault);
        }
    }

    private void Hear(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues(AuthorityNews.Header, out var values))
        {
            _announced = AuthorityNews.Parse(values.First());
            if (AuthorityNews.NeedOf(_identity, _announced) != AuthorityNeed.None)
            {
                Volatile.Read(ref _news).TrySetResult();
            }
            else if (Volatile.Read(ref _news).Task.IsCompleted)
            {
                Volatile.Write(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
    }

    private async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(s_silence, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await reader.ReadLineAsync(both.Token);
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"The silo's event stream was silent for {s_silence.TotalSeconds:0} s.", fault);
        }
        catch (IOException fault)
        {
            throw new HttpRequestException("The silo's event stream broke: " + fault.Message, fault);
        }
    }
}
