using System.Diagnostics;

namespace Headgate.Lookups.Bench;

/// <summary>Look-ups that come by a clock, whether what was asked before is answered or not.</summary>
internal static class Load
{
    private const long NoCollection = 200L << 20;

    public static void Head() =>
        Console.WriteLine($"{"",-44}{"asked/s",9}{"served/s",10}{"p50 ms",8}{"p99 ms",8}{"max ms",8}{"p99 since due",15}{"bytes",7}{"silo: processors",18}{"us each",9}{"load maker",12}");

    /// <summary>Asks at <paramref name="rate"/> for <paramref name="length"/> and prints what it saw.</summary>
    /// <param name="what">The line's name.</param>
    /// <param name="rate">Look-ups a second; 0: none, what the silo does besides.</param>
    /// <param name="length">How long.</param>
    /// <param name="ask">Asks for the n-th.</param>
    /// <param name="silo">Processor seconds of the silo so far.</param>
    /// <param name="idle">Processors of the silo without look-ups.</param>
    /// <returns>Processors of the silo.</returns>
    public static async Task<double> RunAsync(
        string what, int rate, TimeSpan length, Func<int, Task<(long At, bool IsOk)>> ask, Func<double> silo, double idle)
    {
        var count = (int)(rate * length.TotalSeconds);
        var (since, due) = (new double[count], new double[count]);
        var (asked, left, failed) = (0, count, 0);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        GC.Collect();
        // A pause of the load maker would look like one of the silo.
        var isQuiet = rate > 0 && GC.TryStartNoGCRegion(NoCollection);
        var collections = GC.CollectionCount(0);
        var (began, own, theirs, bytes) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, silo(), Interlocked.Read(ref Http2Connection.Received));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (rate == 0 ? Stopwatch.GetElapsedTime(began) < length : asked < count)
        {
            await timer.WaitForNextTickAsync();
            for (var now = Math.Min(count, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * rate)); asked < now; asked++)
            {
                _ = AskAsync(asked);
            }
        }
        await (rate == 0 ? Task.CompletedTask : all.Task);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (processors, maker) = ((silo() - theirs) / took, (Environment.CpuUsage.TotalTime - own).TotalSeconds / took);
        var collected = GC.CollectionCount(0) - collections;
        if (isQuiet && collected == 0)
        {
            GC.EndNoGCRegion();
        }
        Array.Sort(since);
        Array.Sort(due);
        Console.WriteLine(rate == 0
            ? $"{what,-44}{"",65}{processors,18:0.00}{"",9}{maker,12:0.00}"
            : $"{what,-44}{rate,9:n0}{count / took,10:n0}{since[count / 2],8:0.00}{since[(int)(count * 0.99)],8:0.00}{since[^1],8:0.0}{due[(int)(count * 0.99)],15:0.00}"
                + $"{(Interlocked.Read(ref Http2Connection.Received) - bytes) / count,7:n0}{processors,18:0.00}{(processors - idle) * took / count * 1e6,9:0}{maker,12:0.00}{(failed > 0 ? $"  {failed} FAILED" : "")}{(collected > 0 ? $"  the load maker collected {collected} times" : "")}");
        return processors;

        async Task AskAsync(int number)
        {
            // On another thread: writing one must not make the next late.
            await Task.Yield();
            var at = Stopwatch.GetTimestamp();
            try
            {
                var (ended, isOk) = await ask(number);
                since[number] = Stopwatch.GetElapsedTime(at, ended).TotalMilliseconds;
                due[number] = Stopwatch.GetElapsedTime(began, ended).TotalMilliseconds - ((number + 1) * 1000.0 / rate);
                Interlocked.Add(ref failed, isOk ? 0 : 1);
            }
            catch (IOException)
            {
                Interlocked.Increment(ref failed);
            }
            if (Interlocked.Decrement(ref left) == 0)
            {
                all.SetResult();
            }
        }
    }
}
