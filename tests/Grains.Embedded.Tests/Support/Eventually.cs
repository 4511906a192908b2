namespace Headgate.Grains.Embedded.Tests.Support;

/// <summary>Waits for what happens on its own.</summary>
internal static class Eventually
{
    public static Task IsTrueAsync(Func<bool> condition, string what) => IsTrueAsync(() => Task.FromResult(condition()), what);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var end = Environment.TickCount64 + 30_000;
        while (!await condition())
        {
            Assert.True(Environment.TickCount64 < end, $"Not within 30 s: {what}");
            await Task.Delay(5);
        }
    }

    /// <summary>What the task comes to, within a deadline that fails the test: a <see cref="TimeoutException"/> is always the task's own.</summary>
    public static async Task<T> Soon<T>(this Task<T> task)
    {
        await Soon((Task)task);
        return await task;
    }

    /// <inheritdoc cref="Soon{T}(Task{T})"/>
    public static async Task Soon(this Task task)
    {
        using var answered = new CancellationTokenSource();
        var first = await Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(30), answered.Token));
        await answered.CancelAsync();
        Assert.True(first == task, "The task did not end within 30 s.");
        await task;
    }
}
