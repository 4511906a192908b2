using System.Net;
using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;

namespace Headgate.Lookups.Bench;

/// <summary>
/// Every gateway's kept connection to the edge API, with its event stream open and a heartbeat each second on it, and every connector's to the tenant API, behind the PROXY header of a
/// gateway. Each comes from an address of its own, as they do.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _beating = Task.CompletedTask;

    public required Http2Connection[] Gateways { get; init; }

    public required Http2Connection[] Connectors { get; init; }

    /// <summary>Heartbeats that were not answered well.</summary>
    public int Unheard { get; private set; }

    public static async Task<Fleet> ConnectAsync(Provider provider, byte[] tenantKey, int edgePort, int tenantPort)
    {
        var names = new ZoneNames(Provider.Zone);
        var gateways = new Http2Connection[provider.Gateways.Length];
        var connectors = new Http2Connection[provider.Connectors.Length];
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForEachAsync(Enumerable.Range(0, gateways.Length), atOnce, async (i, _) =>
        {
            gateways[i] = await Http2Connection.DialAsync(new IPEndPoint(IPAddress.Loopback, edgePort), Address(9, i), [], names.EdgeApi, provider.Gateways[i]);
            gateways[i].Open(EdgeRoutes.Stream);
        });
        await Parallel.ForEachAsync(Enumerable.Range(0, connectors.Length), atOnce, async (i, _) =>
        {
            var header = new ProxyHeader(new IPEndPoint(Address(10, i), 40_000), new IPEndPoint(Address(9, 0), 6180), names.TenantApi, Provider.Gateway(0)).Write(tenantKey);
            connectors[i] = await Http2Connection.DialAsync(new IPEndPoint(IPAddress.Loopback, tenantPort), Address(10, i), header, names.TenantApi, provider.Connectors[i]);
        });
        var fleet = new Fleet { Gateways = gateways, Connectors = connectors };
        fleet._beating = fleet.BeatAsync();
        return fleet;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        foreach (var connection in Gateways.Concat(Connectors))
        {
            await connection.DisposeAsync();
        }
        _stop.Dispose();
    }

    private static IPAddress Address(byte net, int i) => new([127, net, (byte)(1 + (i >> 8)), (byte)(i & 255)]);

    // Each once a second, spread over it.
    private async Task BeatAsync()
    {
        var epoch = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var (began, sent) = (TimeProvider.System.GetTimestamp(), 0L);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                for (var due = (long)(TimeProvider.System.GetElapsedTime(began).TotalSeconds * Gateways.Length); sent < due; sent++)
                {
                    var said = new GatewayHeartbeat("0.1.0", sent % 50, sent * 5, 0, 0, epoch, new Dictionary<string, long>(), Tenants: []);
                    _ = SayAsync(Gateways[sent % Gateways.Length], JsonSerializer.SerializeToUtf8Bytes(said, ProtocolJson.Default.GatewayHeartbeat));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The measurement is over.
        }
    }

    private async Task SayAsync(Http2Connection gateway, byte[] heartbeat)
    {
        try
        {
            Unheard += (await gateway.AskAsync("POST", EdgeRoutes.GatewayHeartbeat, heartbeat)).IsOk ? 0 : 1;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            Unheard++;
        }
    }
}
