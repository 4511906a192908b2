using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>
/// The provider behind the gateways: a silo with the tenant API and a repository that speaks restic's REST protocol on files, on one port, told apart by
/// server name as a gateway would.
/// </summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    public const string RepositoryId = "nas1";
    public const string Secret = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    private readonly WebApplication _app;
    private readonly TestAuthority _authority;

    private ScriptedProvider(TestAuthority authority, string storage)
    {
        _authority = authority;
        Storage = storage;
        SiloCertificate = authority.Silo();
        RepositoryCertificate = authority.Repository(RepositoryId);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => ValueTask.FromResult(TlsFor(context)) });
            });
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public string Storage { get; }

    public IPEndPoint Endpoint { get; private set; } = null!;

    public X509Certificate2 SiloCertificate { get; set; }

    public X509Certificate2 RepositoryCertificate { get; set; }

    /// <summary>What the lists say.</summary>
    public GatewayList Gateways { get; set; } = new(1, false, []);

    /// <summary>Set to refuse a tenant API path that ends with the key.</summary>
    public ConcurrentDictionary<string, ProblemAnswer> Refusals { get; } = new();

    /// <summary>Every tenant API request: path and body.</summary>
    public ConcurrentQueue<(string Path, string Body)> Requests { get; } = new();

    /// <summary>Requests that reached the repository.</summary>
    public ConcurrentQueue<string> RepositoryRequests { get; } = new();

    /// <summary>Refuses client certificates at the repository, in the handshake.</summary>
    public bool RefuseConnectors { get; set; }

    /// <summary>Answers the repository's requests with this status, when set.</summary>
    public int? RepositoryStatus { get; set; }

    /// <summary>Refuses objects of <c>data/</c> with 507 and this reason phrase, when set.</summary>
    public string? NoRoom { get; set; }

    /// <summary>The tenant API goes away: connections to it are dropped.</summary>
    public bool SiloAway { get; set; }

    /// <summary>What the next progress report is answered.</summary>
    public ProgressAnswer Progress { get; set; } = new(false, null, null);

    /// <summary>Codes that were used.</summary>
    public bool CodeUsed { get; set; }

    /// <summary>The server name of the run's route.</summary>
    public string RouteName { get; } = "r-" + new string('a', RouteLabel.Length) + ".data." + TestAuthority.Zone;

    public static async Task<ScriptedProvider> StartAsync(TestAuthority authority, string storage)
    {
        var provider = new ScriptedProvider(authority, storage);
        await provider._app.StartAsync();
        provider.Endpoint = IPEndPoint.Parse(new Uri(provider._app.Urls.First()).Authority);
        return provider;
    }

    public IReadOnlyList<T> Bodies<T>(string pathEnd) =>
        [.. Requests.Where(request => request.Path.EndsWith(pathEnd, StringComparison.Ordinal))
            .Select(request => System.Text.Json.JsonSerializer.Deserialize(request.Body, ProtocolHttp.TypeOf<T>())!)];

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    private SslServerAuthenticationOptions TlsFor(TlsHandshakeCallbackContext context)
    {
        var name = context.ClientHelloInfo.ServerName;
        var isRoute = name.StartsWith("r-", StringComparison.Ordinal);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(
                isRoute ? RepositoryCertificate : SiloCertificate, [_authority.Issuing], offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateRequired = true,
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is null
                ? !isRoute
                : !(isRoute && RefuseConnectors)
                    && AuthorityTrust.Check(certificate, chain!.ChainPolicy.ExtraStore, _authority.Root, CertificateRole.Connector, null, null, TimeProvider.System) == PeerCheck.Ok,
        };
    }

    private async Task HandleAsync(HttpContext context)
    {
        var name = context.Features.Get<ITlsHandshakeFeature>()!.HostName ?? "";
        if (name.StartsWith("r-", StringComparison.Ordinal))
        {
            RepositoryRequests.Enqueue($"{context.Request.Method} {context.Request.Path}");
            if (RepositoryStatus is { } status)
            {
                context.Response.StatusCode = status;
                return;
            }

            if (NoRoom is { } phrase && HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Value!.Contains("/data/", StringComparison.Ordinal))
            {
                context.Response.StatusCode = StatusCodes.Status507InsufficientStorage;
                context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = phrase;
                return;
            }

            await ResticFiles.HandleAsync(context, Storage);
            return;
        }

        if (SiloAway)
        {
            context.Abort();
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var path = context.Request.Path.Value!;
        Requests.Enqueue((path, body));
        foreach (var (end, problem) in Refusals)
        {
            if (path.EndsWith(end, StringComparison.Ordinal))
            {
                await AnswerAsync(context, problem.Status, problem, "application/problem+json");
                return;
            }
        }

        await HandleTenantAsync(context, path, body);
    }

    private async Task HandleTenantAsync(HttpContext context, string path, string body)
    {
        T Read<T>() => System.Text.Json.JsonSerializer.Deserialize(body, ProtocolHttp.TypeOf<T>())!;
        var certificate = await context.Connection.GetClientCertificateAsync();
        if (path == TenantRoutes.Authority)
        {
            await context.Response.WriteAsync(_authority.Root.ExportCertificatePem());
            return;
        }

        if (path == TenantRoutes.Enrol)
        {
            var request = Read<EnrolmentRequest>();
            if (CodeUsed || request.Secret != Secret)
            {
                var problem = new ProblemAnswer
                {
                    Status = 403,
                    Code = CodeUsed ? ProblemCodes.CodeUsed : ProblemCodes.CodeRefused,
                    Detail = "This code was used already. Ask your service provider for a new one.",
                };
                await AnswerAsync(context, 403, problem, "application/problem+json");
                return;
            }

            var chain = _authority.Sign(request.Csr, CertificateRole.Connector, "acme/" + request.Host);
            CodeUsed = true;
            await AnswerAsync(context, 200, new EnrolmentAnswer("urn:headgate:connector:acme/" + request.Host, TestAuthority.Zone, chain, _authority.Root.ExportCertificatePem()));
            return;
        }

        if (certificate is null)
        {
            await AnswerAsync(context, 403, new ProblemAnswer { Status = 403, Code = ProblemCodes.Forbidden, Detail = "No certificate." }, "application/problem+json");
            return;
        }

        if (path == TenantRoutes.Renew)
        {
            var id = CertificateIdentity.Of(certificate)!.Id;
            var chain = _authority.Sign(Read<RenewalRequest>().Csr, CertificateRole.Connector, id);
            await AnswerAsync(context, 200, new EnrolmentAnswer("urn:headgate:connector:" + id, TestAuthority.Zone, chain, _authority.Root.ExportCertificatePem()));
        }
        else if (path == TenantRoutes.Gateways)
        {
            await AnswerAsync(context, 200, Gateways);
        }
        else if (path == TenantRoutes.Status)
        {
            await AnswerAsync(context, 200, new TenantStatusAnswer(
                "acme", "Acme", "active", "pc1", null, [new QuotaStatus(RepositoryId, 10L << 30, 1L << 30, "a-x")],
                [new JobStatus("nightly", JobKind.Backup, RepositoryId, null, null)]));
        }
        else if (path == TenantRoutes.Runs)
        {
            await AnswerAsync(context, 200, Ticket(Read<OpenRunRequest>().Job, 1));
        }
        else if (path.EndsWith("/attempts", StringComparison.Ordinal))
        {
            await AnswerAsync(context, 200, Ticket("nightly", Read<NextAttemptRequest>().Attempt + 1));
        }
        else if (path.EndsWith("/progress", StringComparison.Ordinal))
        {
            await AnswerAsync(context, 200, Progress);
        }
        else if (path.EndsWith("/finish", StringComparison.Ordinal))
        {
            await AnswerAsync(context, 200, Summary(path, Read<FinishRequest>()));
        }
        else
        {
            context.Response.StatusCode = 404;
        }
    }

    private RunTicket Ticket(string job, int attempt) => new(job, 7, attempt, RouteName, RepositoryId, Gateways);

    private RunSummary Summary(string path, FinishRequest finish)
    {
        var snapshots = Directory.Exists(Storage) ? Directory.GetFiles(Storage, "*", SearchOption.AllDirectories).Where(file => file.Contains("/snapshots/", StringComparison.Ordinal)).ToArray() : [];
        var snapshot = finish.SnapshotExpected && snapshots.Length > 0 ? Path.GetFileName(snapshots.MaxBy(File.GetLastWriteTimeUtc)!) : null;
        var state = finish switch
        {
            { Cancelled: true } => RunState.Cancelled,
            { ExitCode: 0 } when snapshot is not null => RunState.Succeeded,
            { ExitCode: 3 } when snapshot is not null => RunState.Warning,
            { ExitCode: 0 } => RunState.NoSnapshot,
            _ => RunState.Failed,
        };
        return new RunSummary(
            path.Split('/')[3], 7, state, DateTimeOffset.UtcNow.AddSeconds(-12), DateTimeOffset.UtcNow, finish.Attempt, finish.ExitCode, finish.Reason, snapshot, finish.Path);
    }

    private static async Task AnswerAsync<T>(HttpContext context, int status, T answer, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(answer, ProtocolHttp.TypeOf<T>()));
    }
}
