using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Figures;

/// <summary>Connections that come, echo 1 KiB and go, as many as can.</summary>
internal sealed class ConnectionFigure(Options options) : Figure(
    "connections",
    "new connections: hello, 1 KiB echoed, closed",
    new Metric("1/s", 0, new Demand(0.95, 1.10, MoreIsBetter: true)),
    new Metric("CPU-us each", 1, new Demand(1.05, 0.90)))
{
    public override async Task<double[]> MeasureAsync(World world, Peer peer)
    {
        var values = await RunAsync(world, peer, options.IsQuick ? 0.5 : 3);
        return [values["connections"] / values["seconds"], peer.Pids.Count == 0 ? double.NaN : values["cpu"] / values["connections"] * 1e6];
    }

    /// <summary>So many connections that all code is compiled.</summary>
    public override Task WarmUpAsync(World world, Peer peer) => RunAsync(world, peer, options.IsQuick ? 1 : 3);

    private static Task<IReadOnlyDictionary<string, double>> RunAsync(World world, Peer peer, double seconds) =>
        world.Load.RunAsync("churn", world.PlaceOf(peer), peer.Pids, "--streams", "64", "--sources", "64", "--seconds", seconds.ToString(CultureInfo.InvariantCulture));
}
