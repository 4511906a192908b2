namespace Headgate.Repository.Edge;

/// <summary>How long to wait before trying again: doubling from 250 ms, each time a random part of it, so that many hosts do not come back at once.</summary>
/// <param name="time">The clock.</param>
/// <param name="most">Where doubling ends. Default 10 s.</param>
internal sealed class Backoff(TimeProvider time, TimeSpan? most = null)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private readonly TimeSpan _most = most ?? TimeSpan.FromSeconds(10);
    private TimeSpan _next = s_first;

    /// <summary>It worked: the next failure waits little.</summary>
    public void Reset() => _next = s_first;

    /// <summary>Waits.</summary>
    public Task WaitAsync(CancellationToken token)
    {
        var wait = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < _most ? _next * 2 : _most;
        return Task.Delay(wait, time, token);
    }
}
