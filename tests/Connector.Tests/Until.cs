using System.Diagnostics;

namespace Headgate.Connector.Tests;

/// <summary>Waits for a condition, and says what was seen when it does not come.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, Func<string> seen)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "Waited 30 s in vain. Seen: " + seen());
            await Task.Delay(10);
        }
    }
}
