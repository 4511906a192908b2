using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Figures;

/// <summary>
/// One byte to the target and back: what the relay adds to the way without it. One stream without a pause; many with one, so that it is the time of a byte that
/// finds the processors free, and not how the system shares them out.
/// </summary>
internal sealed class LatencyFigure(Options options, int streams) : Figure(
    string.Create(CultureInfo.InvariantCulture, $"latency-{streams}"),
    string.Create(CultureInfo.InvariantCulture, $"one byte and back, {(streams == 1 ? "1 stream without a pause" : $"{streams} streams, each every 4 ms")}; ratio: of what is added to the p50 without a relay"),
    new Metric("p50 us", 1, new Demand(1.05, 0.95)) { IsAdded = true },
    new Metric("p99 us", 1, new Demand(1.05, 0.95)) { IsAdded = true })
{
    private const int PauseMicroseconds = 4_000;
    private readonly int _count = (options.IsQuick ? 6_000 : 40_000) / (streams == 1 ? 1 : 80);

    public static IEnumerable<Figure> All(Options options) => [new LatencyFigure(options, 1), new LatencyFigure(options, 32)];

    public override async Task<double[]> MeasureAsync(World world, Peer peer)
    {
        var values = await world.Load.RunAsync("ping", world.PlaceOf(peer), peer.Pids,
            "--streams", streams.ToString(CultureInfo.InvariantCulture),
            "--count", _count.ToString(CultureInfo.InvariantCulture),
            "--pause", (streams == 1 ? 0 : PauseMicroseconds).ToString(CultureInfo.InvariantCulture));
        return [values["p50"], values["p99"]];
    }
}
