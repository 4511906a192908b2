using System.Diagnostics;

namespace Headgate.Grains.Bench;

/// <summary>One subject, measured in rounds; each figure is the median of the rounds' figures.</summary>
internal sealed record Measurement(double PerCall, double Median, double P99, double Bytes)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Runs every caller at once, <paramref name="calls"/> calls in all and in each round.</summary>
    internal static async Task<Measurement> OfAsync(Func<int, Task<long[]>>[] callers, int calls, int rounds)
    {
        var each = calls / callers.Length;
        for (var warm = 0; warm < 3; warm++)
        {
            await RoundAsync(callers, each);
        }

        var all = new Measurement[rounds];
        for (var round = 0; round < rounds; round++)
        {
            all[round] = await RoundAsync(callers, each);
        }

        double Middle(Func<Measurement, double> figure) => all.Select(figure).Order().ElementAt(rounds / 2);
        return new(Middle(static m => m.PerCall), Middle(static m => m.Median), Middle(static m => m.P99), Middle(static m => m.Bytes));
    }

    private static async Task<Measurement> RoundAsync(Func<int, Task<long[]>>[] callers, int each)
    {
        var (bytes, start) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        var took = await Task.WhenAll(callers.Select(caller => Task.Run(() => caller(each))));
        var elapsed = Stopwatch.GetTimestamp() - start;
        var calls = each * callers.Length;

        // The arrays of what each call took are the harness's own.
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes - ((long)calls * sizeof(long));
        var sorted = took.SelectMany(static times => times).Order().ToArray();
        return new(Nanoseconds(elapsed) / calls, Nanoseconds(sorted[calls / 2]), Nanoseconds(sorted[calls / 100 * 99]), (double)bytes / calls);
    }

    private static double Nanoseconds(long timestamps) => timestamps * NanosecondsPerSecond / Stopwatch.Frequency;
}
