using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Headgate.Protocol;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests;

/// <summary>The tenant API, through one gateway, as whoever holds <paramref name="identity"/>: what a changed connector could ask.</summary>
internal sealed class ConnectorApi(World world, string gateway, ProgramIdentity? identity) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Parse(world.AddressOf(gateway)), World.PublicPort, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            TargetHost = "cc." + World.Zone,
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateContext = identity?.CertificateContext,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        },
    })
    {
        BaseAddress = new Uri($"https://cc.{World.Zone}:{World.PublicPort}"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    public Task<TAnswer> GetAsync<TAnswer>(string path) => SendAsync<TAnswer>(ProtocolHttp.Request(HttpMethod.Get, path));

    /// <exception cref="Headgate.Protocol.Problems.ProblemException">The silo refused, in words.</exception>
    public Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request) =>
        SendAsync<TAnswer>(ProtocolHttp.Request(HttpMethod.Post, path, request));

    /// <exception cref="Headgate.Protocol.Problems.ProblemException">The silo refused, in words.</exception>
    public Task<TAnswer> PutAsync<TRequest, TAnswer>(string path, TRequest request) =>
        SendAsync<TAnswer>(ProtocolHttp.Request(HttpMethod.Put, path, request));

    /// <summary>Opens a run that no tool will follow.</summary>
    public Task<RunTicket> OpenRunAsync(string job, string repository = "repo1", bool readsOnly = false) => PostAsync<OpenRunRequest, RunTicket>(
        TenantRoutes.Runs, new OpenRunRequest(job, JobKind.Backup, repository, "desk", readsOnly ? "restic snapshots" : "restic backup", readsOnly, 5));

    public Task<RunSummary> FinishAsync(RunTicket ticket) => PostAsync<FinishRequest, RunSummary>(
        TenantRoutes.Finish(ticket.Job, ticket.Run), new FinishRequest(ticket.Attempt, 0, false, false, null, []));

    public void Dispose() => _http.Dispose();

    private async Task<TAnswer> SendAsync<TAnswer>(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request);
            return await ProtocolHttp.ReadAsync<TAnswer>(response, CancellationToken.None);
        }
    }
}
