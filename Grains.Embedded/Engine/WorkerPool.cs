namespace Orleans.Engine;

/// <summary>The activations of one key of a stateless worker.</summary>
internal sealed class WorkerPool(GrainClass grainClass, string key)
{
    private readonly List<Activation> _workers = [];
    private readonly Lock _lock = new();
    private bool _isClosed;

    internal IReadOnlyList<Activation> Workers
    {
        get
        {
            lock (_lock)
            {
                return [.. _workers];
            }
        }
    }

    /// <summary>An idle worker, else a new one, else the one with the least to do; null when the pool is given up and another one must be asked.</summary>
    internal Activation? Pick()
    {
        lock (_lock)
        {
            var least = _workers.MinBy(static worker => worker.Load);
            if (!_isClosed && (least is null || (least.Load > 0 && _workers.Count < grainClass.MaxWorkers)))
            {
                least = new(grainClass, key, this);
                _workers.Add(least);
            }

            return least;
        }
    }

    /// <summary>Takes a worker out; true when it was the last one and the pool is given up.</summary>
    internal bool Remove(Activation worker)
    {
        lock (_lock)
        {
            _workers.Remove(worker);
            return _isClosed = _workers.Count == 0;
        }
    }
}
