using System.Diagnostics;
using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Figures;

/// <summary>What an open, silent connection costs a process that has begun a moment ago: before its first traffic, and after some.</summary>
internal sealed class MemoryFigure(Options options) : Figure(
    "memory",
    string.Create(CultureInfo.InvariantCulture, $"memory of {Connections} idle connections, and after {TrafficBytes / 1024} KiB each way on each"),
    new Metric("KiB idle", 2, new Demand(1.5, 0.5, IsRatio: false)),
    new Metric("KiB after", 2, new Demand(1.5, 0.5, IsRatio: false)),
    new Metric("MiB at start", 1))
{
    private const int Connections = 5000;
    private const int TrafficBytes = 64 * 1024;
    private static readonly TimeSpan s_within = TimeSpan.FromMinutes(2);
    private readonly TimeSpan _settling = options.IsQuick ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromSeconds(2);

    public override bool TakesNone => false;

    /// <summary>Its values hardly differ, and a round takes long.</summary>
    public override int Rounds(int wanted) => options.IsQuick ? 1 : wanted;

    /// <summary>Every round begins with a process of its own.</summary>
    public override Task WarmUpAsync(World world, Peer peer) => Task.CompletedTask;

    public override async Task<double[]> MeasureAsync(World world, Peer peer)
    {
        await peer.StartAsync();
        // Few at once, so that no pool is filled, and many in all, so that all code is compiled.
        await world.Load.RunAsync("churn", world.PlaceOf(peer), peer.Pids, "--streams", "8", "--sources", "8", "--seconds", options.IsQuick ? "0.5" : "2");
        var before = await SettledKiBAsync(peer);

        using var idle = Process.Start(new ProcessStartInfo(world.Load.Program, LoadTool.Arguments("idle", world.PlaceOf(peer), [], [
            "--streams", Connections.ToString(CultureInfo.InvariantCulture), "--sources", "50", "--bytes", TrafficBytes.ToString(CultureInfo.InvariantCulture),
        ]))
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            await SaysAsync(idle, "open");
            var open = await SettledKiBAsync(peer);
            await idle.StandardInput.WriteLineAsync();
            await SaysAsync(idle, "moved");
            var moved = await SettledKiBAsync(peer);
            await idle.StandardInput.WriteLineAsync();
            await SaysAsync(idle, "closed");
            return [(open - before) / Connections, (moved - before) / Connections, before / 1024];
        }
        finally
        {
            idle.Kill();
            await idle.WaitForExitAsync();
        }
    }

    private static async Task SaysAsync(Process idle, string what)
    {
        try
        {
            var said = await idle.StandardOutput.ReadLineAsync().WaitAsync(s_within);
            if (said != what)
            {
                throw new BenchException($"The load tool said '{said}' instead of '{what}'.");
            }
        }
        catch (TimeoutException)
        {
            throw new BenchException($"Idle connections: not '{what}' within {s_within.TotalMinutes:0} minutes.");
        }
    }

    /// <summary>The processes' own pages, and their shares of those that they have in common.</summary>
    private async Task<double> SettledKiBAsync(Peer peer)
    {
        await Task.Delay(_settling);
        return peer.Pids.Sum(pid => double.Parse(
            File.ReadLines($"/proc/{pid}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture));
    }
}
