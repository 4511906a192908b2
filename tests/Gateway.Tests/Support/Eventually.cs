namespace Headgate.Gateway.Tests.Support;

/// <summary>Waits for conditions with a deadline that says what was seen last.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, Func<string> seen) => TrueAsync(() => Task.FromResult(condition()), seen);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> seen)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(until) > Deadline)
            {
                Assert.Fail($"Not within {Deadline}: {seen()}");
            }

            await Task.Delay(10);
        }
    }

    public static Task EqualAsync<T>(T expected, Func<T> actual) =>
        TrueAsync(() => EqualityComparer<T>.Default.Equals(expected, actual()), () => $"expected {expected}, saw {actual()}");
}
