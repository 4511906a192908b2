using System.Diagnostics;

namespace Headgate.Connector.Tests;

/// <summary>Waits for a condition, and says what was seen when it does not come.</summary>
internal static class Until
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    public static async Task TrueAsync(Func<bool> condition, Func<string> seen)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < s_patience, $"Waited {s_patience.TotalSeconds:0} s in vain. Seen: {seen()}");
            await Task.Delay(10);
        }
    }
}
