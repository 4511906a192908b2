namespace Headgate.Gateway.Limits;

/// <summary>
/// How many names that lead nowhere one source may have looked up: a token bucket for each source that did so lately. Keeps guessing at names from
/// becoming load on the silo. Safe for concurrent use; holds at most <see cref="MaxSources"/> buckets.
/// </summary>
internal sealed class UnknownNameLimiter(int perMinute, int burst, TimeProvider time)
{
    /// <summary>Buckets held. Past that, full buckets are forgotten, then all: forgetting only ever forgives.</summary>
    public const int MaxSources = 65536;

    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, Bucket> _buckets = [];

    /// <summary>Buckets held.</summary>
    public int Sources
    {
        get { lock (_lock) { return _buckets.Count; } }
    }

    /// <summary>Takes a token before a look-up; false when the source has none left.</summary>
    public bool TryTake(SourceKey source)
    {
        lock (_lock)
        {
            var bucket = Filled(source);
            if (bucket.Tokens < 1)
            {
                return false;
            }

            if (!_buckets.ContainsKey(source))
            {
                MakeRoom();
            }

            _buckets[source] = bucket with { Tokens = bucket.Tokens - 1 };
            return true;
        }
    }

    /// <summary>Gives the token back: the name led somewhere, or the silo could not be asked.</summary>
    public void GiveBack(SourceKey source)
    {
        lock (_lock)
        {
            var bucket = Filled(source);
            if (bucket.Tokens + 1 >= burst)
            {
                _buckets.Remove(source);
            }
            else
            {
                _buckets[source] = bucket with { Tokens = bucket.Tokens + 1 };
            }
        }
    }

    private Bucket Filled(SourceKey source)
    {
        var now = time.GetTimestamp();
        if (!_buckets.TryGetValue(source, out var bucket))
        {
            return new Bucket(burst, now);
        }

        var gained = time.GetElapsedTime(bucket.At, now).TotalMinutes * perMinute;
        return new Bucket(Math.Min(burst, bucket.Tokens + gained), now);
    }

    private void MakeRoom()
    {
        if (_buckets.Count < MaxSources)
        {
            return;
        }

        foreach (var source in _buckets.Keys.ToArray())
        {
            if (Filled(source).Tokens >= burst)
            {
                _buckets.Remove(source);
            }
        }

        if (_buckets.Count >= MaxSources)
        {
            _buckets.Clear();
        }
    }

    private readonly record struct Bucket(double Tokens, long At);
}
