using System.Net.Sockets;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.Browser.Tests;

/// <summary>A gateway that relays nothing: it enrols as one does and says each second, in heartbeats, what the test wants to be seen.</summary>
internal sealed class BeatingGateway : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ProgramIdentity _identity;
    private readonly Task _beating;

    private BeatingGateway(ProgramIdentity identity)
    {
        _identity = identity;
        _beating = BeatAsync();
    }

    /// <summary>Connections it says it has.</summary>
    public long Active { get; set; }

    /// <summary>What its tenants move.</summary>
    public IReadOnlyList<TenantTraffic> Tenants { get; set; } = [];

    public static async Task<BeatingGateway> StartAsync(Browsers browsers, string id, string address, params string[] pools)
    {
        var added = await browsers.Management.SendAsync(
            HttpMethod.Post, "gateways", new { gateway = id, mode = "Direct", host = address, port = World.PublicPort, weight = 100, pools });
        Assert.True(EnrolmentCode.TryParse(added.GetProperty("code").GetString()!, out var code));
        code = code with { Host = browsers.World.AddressOf("server") };
        var identity = await EnrolmentClient.EnrolAsync(code, token => DialAsync(code, token), id, TimeProvider.System, CancellationToken.None);
        return new BeatingGateway(identity);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        _identity.Dispose();
        _stop.Dispose();
    }

    private static async Task<Stream> DialAsync(EnrolmentCode code, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(code.Host, code.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private async Task BeatAsync()
    {
        using var client = new EdgeClient(_identity, TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        long up = 0, down = 0;
        try
        {
            do
            {
                var tenants = Tenants;
                up += tenants.Sum(tenant => tenant.UpBytesPerSecond);
                down += tenants.Sum(tenant => tenant.DownBytesPerSecond);
                try
                {
                    await client.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(
                        EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("0.1.0", Active, Active, up, down, 1, new Dictionary<string, long>(), Tenants: tenants), _stop.Token);
                }
                catch (HttpRequestException) when (!_stop.IsCancellationRequested)
                {
                    // A gateway goes on, too, when one is not answered in time.
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test ends.
        }
    }
}
