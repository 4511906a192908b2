using Orleans.Calls;

namespace Orleans.Engine;

/// <summary>
/// Which call may start next in one activation. Calls start in the order of their arrival; one that must be alone waits until no other such call
/// runs, read-only ones run beside each other, interleaving ones beside everything. Not thread-safe: the activation holds its lock.
/// </summary>
internal sealed class Mailbox
{
    private readonly Queue<Request> _alone = new();
    private readonly Queue<Request> _interleaving = new();
    private readonly List<Request> _running = [];
    private Request? _blocking;
    private long _arrivals;

    internal bool IsBusy => _running.Count > 0;

    internal int Load => _running.Count + _alone.Count + _interleaving.Count;

    /// <summary>Whether anything but ticks of timers that keep nothing alive runs or waits.</summary>
    internal bool IsUsed => _running.Concat(_alone).Concat(_interleaving).Any(static request => request.KeepsAlive);

    /// <summary>What came first of what waits, as far as calls are in order.</summary>
    internal Request? First => _alone.TryPeek(out var request) || _interleaving.TryPeek(out request) ? request : null;

    internal bool CanStart => _interleaving.Count > 0 || (_alone.Count > 0 && MayStart(_alone.Peek()));

    internal void Add(Request request)
    {
        request.Arrival = _arrivals++;
        (request.Interleaves ? _interleaving : _alone).Enqueue(request);
    }

    internal Request? Start()
    {
        Skip(_alone);
        Skip(_interleaving);
        var alone = _alone.Count > 0 && MayStart(_alone.Peek());
        if (!alone && _interleaving.Count == 0)
        {
            return null;
        }

        var fromAlone = alone && (_interleaving.Count == 0 || _alone.Peek().Arrival < _interleaving.Peek().Arrival);
        var request = (fromAlone ? _alone : _interleaving).Dequeue();
        _blocking ??= fromAlone ? request : null;
        _running.Add(request);
        return request;
    }

    internal void Finish(Request request)
    {
        _running.Remove(request);
        if (request == _blocking)
        {
            _blocking = _running.Find(static other => !other.Interleaves);
        }
    }

    /// <summary>Releases the callers whose time is up. Those that run go on; those that wait never start.</summary>
    internal int Expire(long now)
    {
        var expired = _running.Count(request => request.Expire(now, "It is running and goes on."));
        foreach (var queue in (ReadOnlySpan<Queue<Request>>)[_alone, _interleaving])
        {
            for (var left = queue.Count; left > 0; left--)
            {
                var request = queue.Dequeue();
                expired += request.Expire(now, $"It had not started; {Load} calls run or wait there.") ? 1 : 0;
                if (!request.IsDone)
                {
                    queue.Enqueue(request);
                }
            }
        }

        return expired;
    }

    /// <summary>Takes out all that wait.</summary>
    internal List<Request> Drain()
    {
        List<Request> waiting = [.. _alone, .. _interleaving];
        _alone.Clear();
        _interleaving.Clear();
        return waiting;
    }

    private static void Skip(Queue<Request> queue)
    {
        while (queue.TryPeek(out var request) && request.IsDone)
        {
            queue.Dequeue();
        }
    }

    private bool MayStart(Request request) => _blocking is null || (_blocking.IsReadOnly && request.IsReadOnly);
}
