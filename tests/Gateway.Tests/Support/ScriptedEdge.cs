using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Tests.Support;

/// <summary>The edge API as a test wants it: real TLS with client certificates, the real records and events, answers from fields.</summary>
internal sealed class ScriptedEdge : IAsyncDisposable
{
    private static readonly TimeSpan s_hello = TimeSpan.FromSeconds(5);
    private readonly TestAuthority _authority;

    /// <summary>Keeps the port while nobody listens there.</summary>
    private readonly Socket _place = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ITimer _hello;
    private readonly Lock _lock = new();
    private readonly List<Channel<string>> _streams = [];
    private WebApplication? _app;
    private long _sequence = 1;

    public ScriptedEdge(TestAuthority authority)
    {
        _authority = authority;
        _place.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        // As the silo does: a stream that says nothing is given up.
        _hello = TimeProvider.System.CreateTimer(_ => SendRaw(": hello\n\n"), null, s_hello, s_hello);
    }

    public int Port => ((IPEndPoint)_place.LocalEndPoint!).Port;

    public string GatewayId { get; set; } = "gtw1";

    public GatewayWantedState Wanted { get; set; } = GatewayWantedState.Active;

    /// <summary>While draining, in snapshots and answers to heartbeats.</summary>
    public double? DrainSecondsLeft { get; set; }

    public ConcurrentDictionary<string, RelayTarget> Targets { get; } = new();

    public ConcurrentDictionary<string, GatewayRoute> Routes { get; } = new();

    /// <summary>What look-ups find; absent names are 404.</summary>
    public ConcurrentDictionary<string, GatewayRoute> LookUps { get; } = new();

    public ConcurrentQueue<string> LookedUp { get; } = new();

    public ConcurrentQueue<long?> StreamsAfter { get; } = new();

    public ConcurrentQueue<GatewayHeartbeat> Heartbeats { get; } = new();

    public ConcurrentQueue<EnrolmentRequest> Enrolments { get; } = new();

    /// <summary>Codes that enrolments may use, once.</summary>
    public ConcurrentDictionary<string, bool> Secrets { get; } = new();

    public int Renewals;

    /// <summary>What shares of bandwidth a heartbeat is answered.</summary>
    public Func<GatewayHeartbeat, IReadOnlyList<BandwidthShare>?>? Answered { get; set; }

    /// <summary>Refuses heartbeats with this problem.</summary>
    public ProblemAnswer? HeartbeatProblem { get; set; }

    /// <summary>Breaks connections in the middle of answers to enrolments, heartbeats and look-ups.</summary>
    public bool TearsAnswers { get; set; }

    public int Torn;

    /// <summary>Held by look-ups while not null.</summary>
    public TaskCompletionSource? LookUpGate { get; set; }

    public async Task StartAsync()
    {
        var identity = _authority.Issue(CertificateRole.Silo, "silo");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = identity.Certificate;
                https.ServerCertificateChain = identity.Intermediates;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (peer, chain, _) => AuthorityTrust.Check(
                    peer, [.. chain?.ChainPolicy.ExtraStore ?? [], _authority.Issuing], _authority.Root, CertificateRole.Gateway, GatewayId, null, TimeProvider.System) == PeerCheck.Ok;
            });
        }));
        _app = builder.Build();
        Map(_app);
        await _app.StartAsync();
    }

    /// <summary>Gone, like a silo whose host lost power: streams break, connections are refused. <see cref="StartAsync"/> brings it back on the same port.</summary>
    public async Task StopAsync()
    {
        lock (_lock)
        {
            _streams.ForEach(stream => stream.Writer.TryComplete());
            _streams.Clear();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
            _app = null;
        }
    }

    /// <summary>Sends an event to whoever follows.</summary>
    public void Send<T>(string kind, T data)
    {
        lock (_lock)
        {
            var text = Event(++_sequence, kind, data);
            _streams.ForEach(stream => stream.Writer.TryWrite(text));
        }
    }

    public void SendRaw(string text)
    {
        lock (_lock)
        {
            _streams.ForEach(stream => stream.Writer.TryWrite(text));
        }
    }

    /// <summary>Ends the streams; gateways come back.</summary>
    public void BreakStreams()
    {
        lock (_lock)
        {
            _streams.ForEach(stream => stream.Writer.TryComplete());
            _streams.Clear();
        }
    }

    public EnrolmentCode Code(string secret) =>
        new(CertificateRole.Gateway, GatewayId, secret, "127.0.0.1", Port, AuthorityTrust.Fingerprint(_authority.Root));

    public async ValueTask DisposeAsync()
    {
        await _hello.DisposeAsync();
        await StopAsync();
        _place.Dispose();
    }

    private static string Event<T>(long sequence, string kind, T data) => string.Create(
        CultureInfo.InvariantCulture, $"id: {sequence}\nevent: {kind}\ndata: {System.Text.Json.JsonSerializer.Serialize(data, ProtocolHttp.TypeOf<T>())}\n\n");

    private void Map(WebApplication app)
    {
        app.MapGet(EdgeRoutes.Authority, () => _authority.Root.ExportCertificatePem());
        app.MapPost(EdgeRoutes.Enrol, (Delegate)EnrolAsync);
        app.MapPost(EdgeRoutes.Renew, (Delegate)RenewAsync).AddEndpointFilter(CertifiedAsync);
        app.MapGet(EdgeRoutes.Stream, StreamAsync).AddEndpointFilter(CertifiedAsync);
        app.MapGet(EdgeRoutes.Routes + "{name}", LookUpAsync).AddEndpointFilter(CertifiedAsync);
        app.MapPost(EdgeRoutes.GatewayHeartbeat, (Delegate)HeartbeatAsync).AddEndpointFilter(CertifiedAsync);
    }

    private static ValueTask<object?> CertifiedAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next) =>
        call.HttpContext.Connection.ClientCertificate is not null && ProtocolVersion.IsCompatible(call.HttpContext.Request.Headers[ProtocolVersion.HeaderName])
            ? next(call)
            : ValueTask.FromResult<object?>(Results.StatusCode(StatusCodes.Status403Forbidden));

    private async Task<IResult> EnrolAsync(HttpContext http)
    {
        var request = (await http.Request.ReadFromJsonAsync(ProtocolJson.Default.EnrolmentRequest))!;
        Enrolments.Enqueue(request);
        if (TearsAnswers)
        {
            return await TearAsync(http);
        }

        return Secrets.TryRemove(request.Secret, out _) ? Issue(request.Csr) : Refuse(new ProblemAnswer { Status = 403, Code = ProblemCodes.CodeUsed, Detail = "The code was used." });
    }

    private async Task<IResult> RenewAsync(HttpContext http)
    {
        Interlocked.Increment(ref Renewals);
        return Issue((await http.Request.ReadFromJsonAsync(ProtocolJson.Default.RenewalRequest))!.Csr);
    }

    private IResult Issue(string csr) => Results.Json(
        new EnrolmentAnswer(
            new CertificateIdentity(CertificateRole.Gateway, GatewayId).ToUrn(),
            TestAuthority.Zone,
            _authority.Sign(csr, CertificateRole.Gateway, GatewayId),
            _authority.Root.ExportCertificatePem()),
        ProtocolJson.Default.EnrolmentAnswer);

    private static IResult Refuse(ProblemAnswer problem) =>
        Results.Json(problem, ProtocolJson.Default.ProblemAnswer, "application/problem+json", problem.Status);

    private async Task<IResult> TearAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("{\"wantedState\":");
        await http.Response.Body.FlushAsync();
        Interlocked.Increment(ref Torn);
        http.Abort();
        return Results.Empty;
    }

    private async Task<IResult> LookUpAsync(string name, HttpContext http)
    {
        LookedUp.Enqueue(name);
        if (TearsAnswers)
        {
            return await TearAsync(http);
        }

        if (LookUpGate is { } gate)
        {
            await gate.Task;
        }

        return LookUps.TryGetValue(name, out var route)
            ? Results.Json(route, ProtocolJson.Default.GatewayRoute)
            : Refuse(new ProblemAnswer { Status = 404, Code = ProblemCodes.NotFound, Detail = "It leads nowhere." });
    }

    private async Task<IResult> HeartbeatAsync(HttpContext http)
    {
        var heartbeat = (await http.Request.ReadFromJsonAsync(ProtocolJson.Default.GatewayHeartbeat))!;
        Heartbeats.Enqueue(heartbeat);
        if (TearsAnswers)
        {
            return await TearAsync(http);
        }

        return HeartbeatProblem is { } problem
            ? Refuse(problem)
            : Results.Json(new GatewayHeartbeatAnswer(Wanted, 0.1, Answered?.Invoke(heartbeat), DrainSecondsLeft), ProtocolJson.Default.GatewayHeartbeatAnswer);
    }

    private async Task StreamAsync(HttpContext http)
    {
        var after = long.TryParse(http.Request.Headers["Last-Event-ID"], CultureInfo.InvariantCulture, out var number) ? number : (long?)null;
        StreamsAfter.Enqueue(after);
        var events = Channel.CreateUnbounded<string>();
        lock (_lock)
        {
            var isCurrent = after == _sequence;
            events.Writer.TryWrite(isCurrent ? ": hello\n\n" : Event(_sequence, EdgeEventKinds.Snapshot, Snapshot()));
            _streams.Add(events);
        }

        http.Response.ContentType = "text/event-stream";
        await foreach (var text in events.Reader.ReadAllAsync(http.RequestAborted))
        {
            await http.Response.WriteAsync(text, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    private GatewaySnapshot Snapshot() => new(_sequence, GatewayId, TestAuthority.Zone, Wanted, [.. Targets.Values], [.. Routes.Values], DrainSecondsLeft);
}
