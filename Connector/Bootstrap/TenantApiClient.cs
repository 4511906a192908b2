using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headgate.Connector.Commands;
using Headgate.Protocol;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// The tenant API (see <see cref="TenantRoutes"/>): HTTP/1.1 in mutual TLS 1.3 to <c>cc.&lt;zone&gt;</c>, through whichever gateway answers. It stays with
/// an address while that works; when the transport fails it sends the request again over the next, one pass over all. A request whose answer was lost is
/// so sent twice: the silo's answers are idempotent, but for opening a run, where it says that one is open. Safe for concurrent use.
/// </summary>
internal sealed class TenantApiClient : ITenantApi, IDisposable
{
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(30);

    private readonly TlsDialer _dialer;
    private readonly ProviderAddresses _addresses;
    private readonly TimeProvider _time;
    private readonly PeerRequirement _peer;
    private readonly SemaphoreSlim _one = new(1, 1);
    private ProviderAddress? _good;
    private HttpClient? _http;
    private DialAttempt? _dialFailed;
    private volatile IReadOnlyList<string> _announced = [];

    public TenantApiClient(TlsDialer dialer, ProviderAddresses addresses, TimeProvider time)
    {
        _dialer = dialer;
        _addresses = addresses;
        _time = time;
        _peer = new PeerRequirement(new ZoneNames(dialer.Zone).TenantApi, CertificateRole.Silo, null);
    }

    /// <summary>Called after each answer, before it is handed on: there the certificate is renewed and roots are taken over while a run goes on. Default: nothing.</summary>
    public Func<CancellationToken, Task> Answered { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The roots that the provider named last; see <see cref="AuthorityNews"/>. Empty before the first answer.</summary>
    public IReadOnlyList<string> Announced => _announced;

    public Task<RunTicket> OpenRunAsync(OpenRunRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Post, TenantRoutes.Runs, request, ProtocolJson.Default.OpenRunRequest, ProtocolJson.Default.RunTicket, token);

    public Task<RunTicket> NextAttemptAsync(string job, long run, NextAttemptRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Post, TenantRoutes.Attempts(job, run), request, ProtocolJson.Default.NextAttemptRequest, ProtocolJson.Default.RunTicket, token);

    public Task<ProgressAnswer> ReportAsync(string job, long run, ProgressRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Post, TenantRoutes.Progress(job, run), request, ProtocolJson.Default.ProgressRequest, ProtocolJson.Default.ProgressAnswer, token);

    public Task<RunSummary> FinishAsync(string job, long run, FinishRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Post, TenantRoutes.Finish(job, run), request, ProtocolJson.Default.FinishRequest, ProtocolJson.Default.RunSummary, token);

    public Task<GatewayList> GatewaysAsync(CancellationToken token) => GetAsync(TenantRoutes.Gateways, ProtocolJson.Default.GatewayList, token);

    public Task<TenantStatusAnswer> StatusAsync(CancellationToken token) => GetAsync(TenantRoutes.Status, ProtocolJson.Default.TenantStatusAnswer, token);

    /// <summary>Asks which machines stored snapshots.</summary>
    public Task<SnapshotOriginsAnswer> OriginsAsync(SnapshotOriginsRequest request, CancellationToken token) => SendAsync(
        HttpMethod.Post, TenantRoutes.SnapshotOrigins, request, ProtocolJson.Default.SnapshotOriginsRequest, ProtocolJson.Default.SnapshotOriginsAnswer, token);

    /// <summary>Tells what this machine means to run next.</summary>
    public Task<PlansAnswer> PlansAsync(PlansRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Put, TenantRoutes.Plans, request, ProtocolJson.Default.PlansRequest, ProtocolJson.Default.PlansAnswer, token);

    /// <summary>Asks that the open run of a job stops.</summary>
    public Task<JobStatus> CancelAsync(string job, CancellationToken token) =>
        SendAsync<object, JobStatus>(HttpMethod.Post, TenantRoutes.Cancel(job), null, null, ProtocolJson.Default.JobStatus, token);

    /// <summary>Asks for this machine's next certificate.</summary>
    public Task<EnrolmentAnswer> RenewAsync(RenewalRequest request, CancellationToken token) =>
        SendAsync(HttpMethod.Post, TenantRoutes.Renew, request, ProtocolJson.Default.RenewalRequest, ProtocolJson.Default.EnrolmentAnswer, token);

    /// <summary>Asks for the roots that the provider's certificates may lead to, as PEM.</summary>
    public Task<string> AuthoritiesAsync(CancellationToken token) => SendAsync<object, string>(
        HttpMethod.Get, TenantRoutes.Authority, null, null, (content, limit) => content.ReadAsStringAsync(limit)!, token);

    public void Dispose()
    {
        _http?.Dispose();
        _one.Dispose();
    }

    private Task<TAnswer> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answerType, CancellationToken token) =>
        SendAsync<object, TAnswer>(HttpMethod.Get, path, null, null, answerType, token);

    private Task<TAnswer> SendAsync<TRequest, TAnswer>(
        HttpMethod method, string path, TRequest? body, JsonTypeInfo<TRequest>? bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken token)
        where TRequest : class =>
        SendAsync(method, path, body, bodyType, (content, limit) => content.ReadFromJsonAsync(answerType, limit), token);

    private async Task<TAnswer> SendAsync<TRequest, TAnswer>(
        HttpMethod method, string path, TRequest? body, JsonTypeInfo<TRequest>? bodyType,
        Func<HttpContent, CancellationToken, Task<TAnswer?>> read, CancellationToken token)
        where TRequest : class
    {
        var answer = await AskAsync(method, path, body, bodyType, read, token);
        await Answered(token);
        return answer;
    }

    private async Task<TAnswer> AskAsync<TRequest, TAnswer>(
        HttpMethod method, string path, TRequest? body, JsonTypeInfo<TRequest>? bodyType,
        Func<HttpContent, CancellationToken, Task<TAnswer?>> read, CancellationToken token)
        where TRequest : class
    {
        // One request at a time: there are few, and the address that works is shared by all.
        await _one.WaitAsync(token);
        try
        {
            var attempts = new List<DialAttempt>();
            var first = _good;
            if (first is not null)
            {
                var (done, answer) = await TryAsync(first, method, path, body, bodyType, read, attempts, token);
                if (done)
                {
                    return answer!;
                }
            }

            await foreach (var address in _addresses.EnumerateAsync(token))
            {
                if (first?.Endpoint is not null && first.Endpoint.Equals(address.Endpoint))
                {
                    continue;
                }

                var (done, answer) = await TryAsync(address, method, path, body, bodyType, read, attempts, token);
                if (done)
                {
                    return answer!;
                }
            }

            throw new NoGatewayAnswersException(_peer.ServerName, attempts);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<(bool Done, TAnswer? Answer)> TryAsync<TRequest, TAnswer>(
        ProviderAddress address, HttpMethod method, string path, TRequest? body, JsonTypeInfo<TRequest>? bodyType,
        Func<HttpContent, CancellationToken, Task<TAnswer?>> read, List<DialAttempt> attempts, CancellationToken token)
        where TRequest : class
    {
        if (address.Endpoint is null)
        {
            attempts.Add(new DialAttempt(address.Gateway, address.Name, DialFailure.NotResolved, "the name has no address"));
            return (false, default);
        }

        Use(address);
        // Plain http as HttpClient sees it: the connection that Connect hands it is already inside TLS.
        using var request = ProtocolHttp.Request(method, $"http://{_peer.ServerName}{path}");
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, bodyType!);
        }

        using var limit = new CancellationTokenSource(s_answerLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
        try
        {
            request.Headers.Add(AuthorityNews.TrustsHeader, AuthorityNews.Format(_dialer.Identity.Trusts));
            using var response = await _http!.SendAsync(request, HttpCompletionOption.ResponseContentRead, both.Token);
            if (response.Headers.TryGetValues(AuthorityNews.Header, out var values))
            {
                _announced = AuthorityNews.Parse(values.First());
            }

            await ProtocolHttp.EnsureSuccessAsync(response, both.Token);
            var answer = await read(response.Content, both.Token)
                ?? throw new JsonException("The answer is empty.");
            return (true, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            token.ThrowIfCancellationRequested();
            var failed = Judge(address, e);
            Forget();
            if (failed.Failure == DialFailure.RefusedInside)
            {
                throw new ConnectorFailureException(ExitCodes.Refused, $"The service provider refused this machine's certificate ({failed.Why}). Ask for a new code and enrol again.", e);
            }

            attempts.Add(failed);
            return (false, default);
        }
        catch (JsonException e)
        {
            throw new ConnectorFailureException(ExitCodes.Internal, $"The service provider's answer to {path} cannot be read: {e.Message}", e);
        }
    }

    private DialAttempt Judge(ProviderAddress address, Exception fault)
    {
        if (_dialFailed is { } dial)
        {
            return dial;
        }

        var where = address.Endpoint!.ToString();
        return fault switch
        {
            OperationCanceledException => new DialAttempt(
                address.Gateway, where, DialFailure.NoAnswer, string.Create(CultureInfo.InvariantCulture, $"no answer within {s_answerLimit.TotalSeconds:0} s")),
            _ when TlsFaults.AlertOf(fault) is { } alert => new DialAttempt(address.Gateway, where, DialFailure.RefusedInside, alert),
            _ when TlsFaults.SocketErrorOf(fault) is { } error => new DialAttempt(
                address.Gateway, where, DialFailure.BrokenOff, $"{TlsFaults.Describe(error)} before an answer came"),
            _ => new DialAttempt(address.Gateway, where, DialFailure.BrokenOff, "closed before an answer came"),
        };
    }

    private void Use(ProviderAddress address)
    {
        _dialFailed = null;
        if (_http is not null && address == _good)
        {
            return;
        }

        Forget();
        _good = address;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            ConnectCallback = async (_, token) =>
            {
                var result = await _dialer.DialAsync(address.Endpoint!, address.Gateway, _peer, token);
                _dialFailed = result.Failed;
                return result.Connection?.Stream ?? throw new IOException(result.Failed!.ToString());
            },
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private void Forget()
    {
        _http?.Dispose();
        _http = null;
        _good = null;
    }
}
