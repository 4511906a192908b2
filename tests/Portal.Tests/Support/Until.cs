using System.Diagnostics;

namespace Headgate.Portal.Tests;

/// <summary>Waits for conditions.</summary>
internal static class Until
{
    /// <summary>Waits until <paramref name="condition"/> holds; past 30 s the test fails with what was last seen.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> seen)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"Waited {clock.Elapsed.TotalSeconds:0} s. {seen()}");
            await Task.Delay(5);
        }
    }
}
