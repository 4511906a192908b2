using System.Diagnostics;

namespace Headgate.Grains.Bench;

/// <summary>A caller that awaits each answer before it calls again.</summary>
internal static class Caller
{
    /// <summary>What each call took, in timestamps.</summary>
    internal static async Task<long[]> RunAsync(ICounter counter, int calls, CancellationToken token)
    {
        var took = new long[calls];
        for (var i = 0; i < took.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await counter.AddAsync(1, token);
            took[i] = Stopwatch.GetTimestamp() - start;
        }

        return took;
    }
}
