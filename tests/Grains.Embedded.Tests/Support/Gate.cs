using System.Collections.Concurrent;

namespace Headgate.Grains.Embedded.Tests.Support;

/// <summary>A place inside a grain where a test can hold a call: the test waits until it is reached, and opens it.</summary>
internal sealed class Gate
{
    private static readonly ConcurrentDictionary<string, Gate> All = new();
    private readonly SemaphoreSlim _reached = new(0);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static string NewName() => Guid.NewGuid().ToString("N");

    public static Gate Named(string name) => All.GetOrAdd(name, static _ => new());

    public static void OpenAll()
    {
        foreach (var (_, gate) in All.Where(static pair => pair.Value._open.Task.IsCompleted is false && pair.Key.StartsWith("stuck", StringComparison.Ordinal)))
        {
            gate.Open();
        }
    }

    /// <summary>Called by the grain.</summary>
    public Task PassAsync()
    {
        _reached.Release();
        return _open.Task;
    }

    public async Task ReachedAsync() =>
        Assert.True(await _reached.WaitAsync(TimeSpan.FromSeconds(30)), "The gate was not reached within 30 s.");

    public bool IsReached => _reached.CurrentCount > 0;

    public void Open() => _open.TrySetResult();
}
