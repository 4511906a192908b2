using System.Diagnostics;
using Headgate.Grains;
using Headgate.Silo;
using Headgate.Silo.Grains;
using Headgate.Silo.Hosting;
using Headgate.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Balance.Bench;

/// <summary>
/// Look-ups served by a silo's ranker grain, in the silo's process (no HTTP): they come at moments of their own, 5,000 a second, whether earlier ones are answered or
/// not, while each gateway of the pool is heard each second. Then as fast as callers can.
/// </summary>
internal static class Ranker
{
    private const int Rate = 5_000;

    public static async Task RunAsync(bool quick)
    {
        var folder = Directory.CreateTempSubdirectory("headgate-balance-").FullName;
        try
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddSiloStorage(new SiloOptions { DataDirectory = folder, Zone = "bench.test" });
            builder.UseEngine();
            builder.Services.AddSiloGrains();
            using var host = builder.Build();
            await host.StartAsync();
            var grains = host.Services.GetRequiredService<IGrainFactory>();
            Console.WriteLine();
            Console.WriteLine($"{"the ranker grain",-28}{"asked/s",10}{"lists/s",10}{"p50 ms",9}{"p99 ms",9}{"max ms",9}{"p99 from due",14}{"processors",12}");
            foreach (var gateways in new[] { 10, 100, 1_000, 10_000 })
            {
                var pool = $"pool{gateways}";
                using var stop = new CancellationTokenSource();
                await HeardAsync(grains, pool, gateways, 0);
                var heartbeats = BeatAsync(grains, pool, gateways, stop.Token);
                await OpenAsync(grains, pool, TimeSpan.FromSeconds(2), isShown: false);
                await OpenAsync(grains, pool, TimeSpan.FromSeconds(quick ? 3 : 10), isShown: true);
                await ClosedAsync(grains, pool, TimeSpan.FromSeconds(quick ? 2 : 5));
                await stop.CancelAsync();
                await heartbeats;
            }
            await host.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task OpenAsync(IGrainFactory grains, string pool, TimeSpan length, bool isShown)
    {
        var ranker = grains.GetGrain<IGatewayRanker>(pool);
        var count = (int)(Rate * length.TotalSeconds);
        var (milliseconds, late) = (new double[count], new double[count]);
        var asked = new List<Task>(count);
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (asked.Count < count)
        {
            await timer.WaitForNextTickAsync();
            for (var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * Rate)); asked.Count < due;)
            {
                asked.Add(AskAsync(asked.Count));
            }
        }
        await Task.WhenAll(asked);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (isShown)
        {
            Show($"{pool[4..]} gateways, by time", Rate, count / took, milliseconds, late, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / took);
        }

        async Task AskAsync(int number)
        {
            await Task.Yield();
            var at = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            await ranker.RankAsync(new RankRequest($"t{number % 100_000}", 5, [], "nightly"), CancellationToken.None);
            var done = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            // Since it was due as well: that has the asking program's own lateness in it, whose timer ticks each millisecond at best on the same processors.
            (milliseconds[number], late[number]) = (done - at, done - ((number + 1) * 1000.0 / Rate));
        }
    }

    private static async Task ClosedAsync(IGrainFactory grains, string pool, TimeSpan length)
    {
        var ranker = grains.GetGrain<IGatewayRanker>(pool);
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var times = await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            var milliseconds = new List<double>();
            while (Stopwatch.GetElapsedTime(began) < length)
            {
                var asked = Stopwatch.GetTimestamp();
                await ranker.RankAsync(new RankRequest($"t{(milliseconds.Count * 16) + caller}", 5, [], "nightly"), CancellationToken.None);
                milliseconds.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
            return milliseconds;
        })));
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double[] all = [.. times.SelectMany(milliseconds => milliseconds)];
        Show($"{pool[4..]} gateways, 16 callers", null, all.Length / took, all, null, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / took);
    }

    private static void Show(string what, int? asked, double rate, double[] milliseconds, double[]? late, double processors)
    {
        Array.Sort(milliseconds);
        Array.Sort(late ?? []);
        Console.WriteLine(
            $"{what,-28}{asked,10:n0}{rate,10:n0}{milliseconds[milliseconds.Length / 2],9:0.00}{milliseconds[(int)(milliseconds.Length * 0.99)],9:0.00}{milliseconds[^1],9:0.0}{late?[(int)(late.Length * 0.99)],14:0.00}{processors,12:0.00}");
    }

    // Each once a second, spread over it.
    private static async Task BeatAsync(IGrainFactory grains, string pool, int gateways, CancellationToken stop)
    {
        var (began, sent) = (Stopwatch.GetTimestamp(), 0L);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                for (var due = (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * gateways); sent < due; sent++)
                {
                    await grains.GetGrain<IGatewayPoolGrain>(pool).ReportAsync(View.Member((int)(sent % gateways), sent % 50, sent * 5, 1), stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The measurement is over.
        }
    }

    private static async Task HeardAsync(IGrainFactory grains, string pool, int gateways, long active)
    {
        for (var i = 0; i < gateways; i++)
        {
            await grains.GetGrain<IGatewayPoolGrain>(pool).ReportAsync(View.Member(i, active, 0, 1), CancellationToken.None);
        }
    }
}
