using System.Diagnostics;

namespace Headgate.Repository.Tests.Support;

/// <summary>Waits for conditions, never for time.</summary>
internal static class Wait
{
    public static Task ForAsync(Func<bool> condition, string what, int seconds = 30) => ForAsync(condition, () => what, seconds);

    public static async Task ForAsync(Func<bool> condition, Func<string> what, int seconds = 30)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), $"Not within {seconds} s: {what()}");
            await Task.Delay(20);
        }
    }
}
