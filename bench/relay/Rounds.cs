using System.Diagnostics;
using Headgate.Relay.Bench.Figures;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench;

/// <summary>Measures figures, each in rounds in which every peer has its turn, in random order.</summary>
internal sealed class Rounds(World world, Options options, Samples samples, Report report)
{
    public async Task RunAsync(IReadOnlyList<Figure> figures)
    {
        Console.WriteLine($"{(options.IsQuick ? "Quick, so rough: " : "")}{options.Rounds} rounds, {options.StreamBytes >> 20} MiB a stream figure, {Environment.ProcessorCount} processors, "
            + $"a ClientHello of {world.HelloBytes} bytes. Medians; ratio: over {Peer.Reference}.");
        await WarmUpAsync();
        var order = new Random();
        foreach (var figure in figures)
        {
            var peers = world.Peers.Where(peer => figure.TakesNone || peer is not NoPeer).ToArray();
            foreach (var peer in peers)
            {
                await figure.WarmUpAsync(world, peer);
            }

            for (var round = 0; round < figure.Rounds(options.Rounds); round++)
            {
                order.Shuffle(peers);
                foreach (var peer in peers)
                {
                    Keep(figure, peer, await figure.MeasureAsync(world, peer));
                    world.MustBeAlive();
                }
            }

            report.Print(figure);
        }
    }

    /// <summary>
    /// Everything at once for some time, so that every process is as it is after a minute of service: what a process does once is not the cost of a stream.
    /// </summary>
    private async Task WarmUpAsync()
    {
        var seconds = options.IsQuick ? 3 : 25;
        await Task.WhenAll(world.Peers.Where(peer => peer is not NoPeer).Select(async peer =>
        {
            var began = Stopwatch.StartNew();
            while (began.Elapsed.TotalSeconds < seconds)
            {
                await world.Load.RunAsync("churn", world.PlaceOf(peer), peer.Pids, "--streams", "2", "--sources", "2", "--seconds", "0.5");
                await world.Load.RunAsync("streams", world.PlaceOf(peer), peer.Pids, "--streams", "8", "--up", "268435456", "--down", "268435456");
            }
        }));
    }

    private void Keep(Figure figure, Peer peer, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsNaN(values[i]))
            {
                samples.Add(figure.Name, figure.Metrics[i].Name, peer.Name, values[i]);
            }
        }
    }
}
