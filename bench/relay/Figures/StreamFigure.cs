using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Figures;

/// <summary>Bytes over some streams: to the storage, to the tenant, or both ways at once.</summary>
internal sealed class StreamFigure : Figure
{
    private const double GiB = 1L << 30;
    private readonly int _streams;
    private readonly long _up;
    private readonly long _down;

    private StreamFigure(string name, string title, int streams, long up, long down, Demand? speed, Demand cost)
        : base(name, title, new Metric("GiB/s", 2, speed), new Metric("CPU-s/GiB", 3, cost))
    {
        _streams = streams;
        _up = up;
        _down = down;
    }

    public override bool IsOfWire => Name.StartsWith("segments", StringComparison.Ordinal);

    public override bool TakesNone => !IsOfWire;

    public static IEnumerable<Figure> All(Options options)
    {
        foreach (var streams in (int[])[1, 8, 64])
        {
            foreach (var (name, said, up, down) in Ways(options.StreamBytes))
            {
                yield return new StreamFigure(string.Create(CultureInfo.InvariantCulture, $"{name}-{streams}"), $"{said}, {Said(streams)}", streams, up, down,
                    new Demand(0.95, 1.05, MoreIsBetter: true), new Demand(1.10, 0.95));
            }
        }
    }

    /// <summary>The same in segments of 1,448 bytes.</summary>
    public static IEnumerable<Figure> Segments(Options options)
    {
        // A segment costs as much as a large block elsewhere: fewer bytes take as long.
        foreach (var streams in (int[])[1, 8])
        {
            foreach (var (name, said, up, down) in Ways(options.StreamBytes / 4).Take(2))
            {
                yield return new StreamFigure(string.Create(CultureInfo.InvariantCulture, $"segments-{name}-{streams}"), $"segments of 1,448 bytes {said}, {Said(streams)}", streams, up, down,
                    null, new Demand(1.20, 1.00));
            }
        }
    }

    public override async Task<double[]> MeasureAsync(World world, Peer peer)
    {
        var values = await world.Load.RunAsync("streams", world.PlaceOf(peer, IsOfWire), peer.Pids, Arguments(_up, _down));
        var gib = values["bytes"] / GiB;
        return [gib / values["seconds"], peer.Pids.Count == 0 ? double.NaN : values["cpu"] / gib];
    }

    /// <summary>Compares every byte, once.</summary>
    public override Task WarmUpAsync(World world, Peer peer) =>
        world.Load.RunAsync("streams", world.PlaceOf(peer, IsOfWire), peer.Pids, [.. Arguments(_up / 4, _down / 4), "--verify"]);

    private static string Said(int streams) => streams == 1 ? "1 stream" : string.Create(CultureInfo.InvariantCulture, $"{streams} streams");

    private static IEnumerable<(string Name, string Said, long Up, long Down)> Ways(long bytes) =>
    [
        ("up", "tenant to storage", bytes, 0),
        ("down", "storage to tenant", 0, bytes),
        ("both", "both ways at once", bytes / 2, bytes / 2),
    ];

    private string[] Arguments(long up, long down) =>
    [
        "--streams", _streams.ToString(CultureInfo.InvariantCulture),
        "--up", up.ToString(CultureInfo.InvariantCulture),
        "--down", down.ToString(CultureInfo.InvariantCulture),
    ];
}
