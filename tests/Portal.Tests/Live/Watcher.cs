using System.Collections.Concurrent;

namespace Headgate.Portal.Tests;

/// <summary>Watches a tenant and remembers all it was told; waits before it takes an answer while the test holds it.</summary>
internal sealed class Watcher : IDisposable
{
    private readonly IDisposable _watching;
    private readonly Task _hold;
    private int _inside;

    /// <param name="hub">Who tells it.</param>
    /// <param name="tenant">What it watches.</param>
    /// <param name="hold">Holds it up until this is over; null for not at all.</param>
    public Watcher(LiveHub hub, string tenant, Task? hold = null)
    {
        _hold = hold ?? Task.CompletedTask;
        _watching = hub.Watch(new TenantNow(tenant), TakeAsync);
    }

    public ConcurrentQueue<LiveValue<TenantInfo>> Told { get; } = new();

    public LiveValue<TenantInfo> Last => Told.LastOrDefault() ?? LiveValue<TenantInfo>.None;

    public string? Name => Last.Value?.DisplayName;

    public Task UntilAsync(string name) => Until.HoldsAsync(() => Name == name, () => $"Told: {string.Join(", ", Told.Select(value => value.Value?.DisplayName ?? "-"))}");

    public Task UntilAsync(Func<LiveValue<TenantInfo>, bool> condition) => Until.HoldsAsync(() => condition(Last), () => $"Last told: {Last}");

    public void Dispose() => _watching.Dispose();

    private async Task TakeAsync(LiveValue<TenantInfo> value)
    {
        Assert.Equal(1, Interlocked.Increment(ref _inside));
        Told.Enqueue(value);
        await _hold;
        Interlocked.Decrement(ref _inside);
    }
}
