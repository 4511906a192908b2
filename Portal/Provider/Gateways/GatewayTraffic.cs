namespace Headgate.Portal.Provider.Gateways;

/// <summary>
/// One gateway's throughput, from successive loads. A load counts bytes since its gateway's process began (its epoch) and is as old as the heartbeat that brought
/// it, so differences are divided by the time between heartbeats, whenever they are read. Not thread-safe.
/// </summary>
internal sealed class GatewayTraffic
{
    // Heartbeats come each second; a few of them make a figure that can be read.
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_silentAfter = TimeSpan.FromSeconds(10);

    private readonly Queue<(DateTimeOffset From, DateTimeOffset To, long Up, long Down)> _recent = new();
    private GatewayLoad? _last;
    private DateTimeOffset _lastHeard;

    /// <summary>The last ten minutes.</summary>
    public TrafficSeries Series { get; } = new();

    /// <summary>Takes a gateway's state in; adds what was moved since the last load to <paramref name="all"/>, too.</summary>
    public void Observe(GatewayInfo gateway, TrafficSeries all)
    {
        if (gateway is not { Load: { } load, LastHeard: { } heard } || (_last is not null && heard <= _lastHeard))
        {
            return;
        }

        Series.Begin(heard);
        if (_last is not null && Moved(_last, load) is (var up, var down))
        {
            Series.Add(_lastHeard, heard, up, down);
            all.Add(_lastHeard, heard, up, down);
            _recent.Enqueue((_lastHeard, heard, up, down));
            while (_recent.Count > 1 && _recent.Peek().To <= heard - s_window)
            {
                _recent.Dequeue();
            }
        }

        (_last, _lastHeard) = (load, heard);
    }

    /// <summary>What it moves now; nothing when it has not been heard lately.</summary>
    public TrafficRate Now(DateTimeOffset now)
    {
        if (_recent.Count == 0 || now - _lastHeard > s_silentAfter)
        {
            return TrafficRate.None;
        }

        var seconds = (_lastHeard - _recent.Peek().From).TotalSeconds;
        return seconds <= 0 ? TrafficRate.None : new TrafficRate(_recent.Sum(part => part.Up) / seconds, _recent.Sum(part => part.Down) / seconds);
    }

    /// <summary>Bytes between two loads. A new process counts from nothing, and began after the last load; a count that fell without one says nothing.</summary>
    internal static (long Up, long Down)? Moved(GatewayLoad before, GatewayLoad after) =>
        after.Epoch != before.Epoch
            ? (Math.Max(0, after.BytesUp), Math.Max(0, after.BytesDown))
            : after.BytesUp < before.BytesUp || after.BytesDown < before.BytesDown ? null : (after.BytesUp - before.BytesUp, after.BytesDown - before.BytesDown);
}
