using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading.Channels;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests.Support;

/// <summary>A silo as a repository sees it: the edge API's real records over real mutual TLS, scripted by the test.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly ProgramIdentity _identity;
    private readonly ConcurrentDictionary<int, Channel<string>> _streams = new();
    private readonly List<string> _log = [];
    private readonly CancellationTokenSource _stop = new();
    private WebApplication _application = null!;
    private CancellationTokenSource _breakStreams = new();
    private int _nextStream;

    private TestSilo(TestAuthority authority)
    {
        Authority = authority;
        _identity = authority.Issue(CertificateRole.Silo, "silo1");
    }

    public TestAuthority Authority { get; }

    public int Port { get; private set; }

    /// <summary>Answers 503 to everything but enrolment while true.</summary>
    public volatile bool IsAway;

    public RepositorySnapshot Snapshot
    {
        get;
        set
        {
            field = value;
            foreach (var quota in value.Quotas)
            {
                Leases.Limits[quota.Tenant] = quota.LimitBytes;
            }
        }
    }
    = new(1, "repo1", TestAuthority.Zone, [new GatewayKey(TestRepository.Gateway, TestRepository.ProxyKey)], [], [], []);

    /// <summary>Its leases.</summary>
    public LeaseDesk Leases { get; } = new();

    /// <summary>Grants that only a look-up finds.</summary>
    public ConcurrentDictionary<string, RunGrant> Grants { get; } = new();

    public ConcurrentQueue<RepositoryHeartbeat> Heartbeats { get; } = new();

    public ConcurrentQueue<SnapshotReport> Reports { get; } = new();

    public ConcurrentQueue<AccessReport> Activities { get; } = new();

    public ConcurrentQueue<string> Lookups { get; } = new();

    public ConcurrentQueue<long?> StreamsAfter { get; } = new();

    public ConcurrentQueue<string> Peers { get; } = new();

    public static async Task<TestSilo> StartAsync(TestAuthority authority)
    {
        var silo = new TestSilo(authority);
        await silo.OpenAsync();
        return silo;
    }

    public string Code(string secret = "aaaaaaaaaaaaaaaaaaaaaaaaaa") => new EnrolmentCode(
        CertificateRole.Repository, "repo1", secret, "127.0.0.1", Port, AuthorityTrust.Fingerprint(Authority.Root)).Format();

    /// <summary>Sends one event on every open stream, and keeps it for those who come back.</summary>
    public void Push<T>(string kind, T data)
    {
        if (data is TenantQuota quota)
        {
            Leases.Limits[quota.Tenant] = quota.LimitBytes;
        }

        lock (_log)
        {
            var sequence = Snapshot.Sequence + _log.Count + 1;
            var text = Event(sequence, kind, data);
            _log.Add(text);
            foreach (var stream in _streams.Values)
            {
                stream.Writer.TryWrite(text);
            }
        }
    }

    /// <summary>Breaks every open stream off.</summary>
    public void BreakStreams()
    {
        var before = Interlocked.Exchange(ref _breakStreams, new CancellationTokenSource());
        before.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        BreakStreams();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _identity.Dispose();
    }

    private static string Event<T>(long sequence, string kind, T data) => string.Create(
        CultureInfo.InvariantCulture, $"id: {sequence}\nevent: {kind}\ndata: {JsonSerializer.Serialize(data, ProtocolJson.Default.Options)}\n\n");

    private static async Task ProblemAsync(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(
            new ProblemAnswer { Status = status, Code = code, Detail = detail }, ProtocolJson.Default.ProblemAnswer, "application/problem+json");
    }

    private static async Task<T> ReadAsync<T>(HttpContext context) =>
        (await context.Request.ReadFromJsonAsync(ProtocolHttp.TypeOf<T>()))!;

    private async Task OpenAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.SslProtocols = SslProtocols.Tls13;
                https.ServerCertificate = _identity.Certificate;
                https.ServerCertificateChain = _identity.Intermediates;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (certificate, chain, _) => AuthorityTrust.Check(
                    certificate, [.. chain?.ChainPolicy.ExtraStore ?? []], Authority.Root, CertificateRole.Repository, "repo1", null, TimeProvider.System)
                    == PeerCheck.Ok;
            });
        }));
        _application = builder.Build();
        _application.Run(ServeAsync);
        await _application.StartAsync();
        Port = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    private async Task ServeAsync(HttpContext context)
    {
        Assert.True(ProtocolVersion.IsCompatible(context.Request.Headers[ProtocolVersion.HeaderName]));
        var path = context.Request.Path.Value!;
        if (path == EdgeRoutes.Authority)
        {
            await context.Response.WriteAsync(Authority.Root.ExportCertificatePem());
            return;
        }

        if (path == EdgeRoutes.Enrol)
        {
            await EnrolAsync(context);
            return;
        }

        if (context.Connection.ClientCertificate is not { } peer)
        {
            await ProblemAsync(context, 403, ProblemCodes.Forbidden, "No certificate.");
            return;
        }

        Peers.Enqueue(peer.SerialNumber);
        if (IsAway)
        {
            await ProblemAsync(context, 503, ProblemCodes.Unavailable, "The silo is away.");
            return;
        }

        switch (path)
        {
            case EdgeRoutes.Stream:
                await StreamAsync(context);
                break;
            case EdgeRoutes.RepositoryHeartbeat:
                Heartbeats.Enqueue(await ReadAsync<RepositoryHeartbeat>(context));
                await context.Response.WriteAsJsonAsync(new RepositoryHeartbeatAnswer(0.2), ProtocolJson.Default.RepositoryHeartbeatAnswer);
                break;
            case EdgeRoutes.Leases:
                var answer = await Leases.AskAsync(await ReadAsync<LeaseRequest>(context), context.RequestAborted);
                await context.Response.WriteAsJsonAsync(answer, ProtocolJson.Default.LeaseAnswer);
                break;
            case EdgeRoutes.Snapshots:
                Reports.Enqueue(await ReadAsync<SnapshotReport>(context));
                context.Response.StatusCode = 204;
                break;
            case EdgeRoutes.Activity:
                Activities.Enqueue(await ReadAsync<AccessReport>(context));
                context.Response.StatusCode = 204;
                break;
            case EdgeRoutes.Renew:
                var key = LoadKey((await ReadAsync<RenewalRequest>(context)).Csr);
                await AnswerCertificateAsync(context, key);
                break;
            case var _ when path.StartsWith(EdgeRoutes.Grants, StringComparison.Ordinal):
                var name = path[EdgeRoutes.Grants.Length..];
                Lookups.Enqueue(name);
                if (Grants.TryGetValue(name, out var grant))
                {
                    await context.Response.WriteAsJsonAsync(grant, ProtocolJson.Default.RunGrant);
                }
                else
                {
                    await ProblemAsync(context, 404, ProblemCodes.NotFound, "No such grant.");
                }

                break;
            default:
                await ProblemAsync(context, 404, ProblemCodes.NotFound, "No such path.");
                break;
        }
    }

    private async Task EnrolAsync(HttpContext context)
    {
        var request = await ReadAsync<EnrolmentRequest>(context);
        if (request is not { Role: "repository", Subject: "repo1", Secret: "aaaaaaaaaaaaaaaaaaaaaaaaaa" })
        {
            await ProblemAsync(context, 403, ProblemCodes.CodeRefused, "This code is not known. Ask for a new one.");
            return;
        }

        await AnswerCertificateAsync(context, LoadKey(request.Csr));
    }

    private static PublicKey LoadKey(string csr) => CertificateRequest.LoadSigningRequestPem(
        csr, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default).PublicKey;

    private async Task AnswerCertificateAsync(HttpContext context, PublicKey key) => await context.Response.WriteAsJsonAsync(
        new EnrolmentAnswer(
            "urn:headgate:repository:repo1", TestAuthority.Zone, Authority.Sign(key, CertificateRole.Repository, "repo1"), Authority.Root.ExportCertificatePem()),
        ProtocolJson.Default.EnrolmentAnswer);

    private async Task StreamAsync(HttpContext context)
    {
        var channel = Channel.CreateUnbounded<string>();
        var id = Interlocked.Increment(ref _nextStream);
        long? after = long.TryParse(context.Request.Headers["Last-Event-ID"], out var last) ? last : null;
        StreamsAfter.Enqueue(after);
        lock (_log)
        {
            if (after is null)
            {
                channel.Writer.TryWrite(Event(Snapshot.Sequence, EdgeEventKinds.Snapshot, Snapshot));
            }

            foreach (var missed in _log.Skip((int)Math.Max(0, (after ?? Snapshot.Sequence) - Snapshot.Sequence)))
            {
                channel.Writer.TryWrite(missed);
            }

            _streams[id] = channel;
        }

        context.Response.ContentType = "text/event-stream";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _breakStreams.Token, context.RequestAborted);
        try
        {
            await context.Response.WriteAsync(": hello\n\n", end.Token);
            await context.Response.Body.FlushAsync(end.Token);
            await foreach (var text in channel.Reader.ReadAllAsync(end.Token))
            {
                await context.Response.WriteAsync(text, end.Token);
                await context.Response.Body.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            _streams.TryRemove(id, out _);
        }
    }
}
