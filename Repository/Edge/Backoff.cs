namespace Headgate.Repository.Edge;

/// <summary>How long to wait before trying again: doubling from 250 ms to 10 s, each time a random part of it, so that many hosts do not come back at once.</summary>
internal sealed class Backoff(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(10);
    private TimeSpan _next = s_first;

    /// <summary>It worked: the next failure waits little.</summary>
    public void Reset() => _next = s_first;

    /// <summary>Waits.</summary>
    public Task WaitAsync(CancellationToken token)
    {
        var wait = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < s_most ? _next * 2 : s_most;
        return Task.Delay(wait, time, token);
    }
}
