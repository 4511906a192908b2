namespace Headgate.Gateway.Limits;

/// <summary>
/// How many names that lead nowhere one source may have looked up. Each source has a token bucket; when that is empty, a hold-off begins, which doubles
/// from <see cref="FirstHoldOff"/> to <see cref="LongestHoldOff"/> for as long as the source goes on: one look-up is let through behind each, and when
/// that leads nowhere too the next is twice as long. A source that was quiet for <see cref="ForgivenAfter"/> behind its hold-off begins anew.
/// <para>
/// It stands before look-ups only. Whoever shares an address with the guesser (a NAT) and asks for a name that this gateway knows is served all the
/// time, so no one bad client has a whole network banned; a true name that is new here is served by the next gateway meanwhile.
/// </para>
/// Safe for concurrent use; holds at most <see cref="MaxSources"/> buckets.
/// </summary>
internal sealed class UnknownNameLimiter(int perMinute, int burst, TimeProvider time, SourceNetworks? exempt = null)
{
    /// <summary>Buckets held. Past that, sources that may ask freely are forgotten; when half is left, all: forgetting only ever forgives.</summary>
    public const int MaxSources = 65536;

    /// <summary>The first hold-off.</summary>
    public static readonly TimeSpan FirstHoldOff = TimeSpan.FromSeconds(1);

    /// <summary>The longest hold-off.</summary>
    public static readonly TimeSpan LongestHoldOff = TimeSpan.FromSeconds(60);

    /// <summary>How long a source has to be quiet behind its hold-off until that is forgotten.</summary>
    public static readonly TimeSpan ForgivenAfter = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, Bucket> _buckets = [];
    private readonly SourceNetworks _exempt = exempt ?? SourceNetworks.None;

    /// <summary>Buckets held.</summary>
    public int Sources
    {
        get { lock (_lock) { return _buckets.Count; } }
    }

    /// <summary>Sources in a hold-off. Looks at every bucket.</summary>
    public int HeldOff
    {
        get
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                return _buckets.Values.Count(bucket => bucket.HoldOff > TimeSpan.Zero && time.GetElapsedTime(bucket.At, now) < bucket.HoldOff);
            }
        }
    }

    /// <summary>Whether a look-up would be refused: takes nothing, but an empty bucket becomes a hold-off.</summary>
    public bool IsHeldOff(SourceKey source)
    {
        if (_exempt.Contains(source))
        {
            return false;
        }

        lock (_lock)
        {
            if (!_buckets.TryGetValue(source, out var bucket))
            {
                return false;
            }

            var now = time.GetTimestamp();
            bucket = Aged(bucket, now);
            if (bucket.HoldOff > TimeSpan.Zero)
            {
                return time.GetElapsedTime(bucket.At, now) < bucket.HoldOff;
            }

            if (bucket.Tokens >= 1)
            {
                return false;
            }

            _buckets[source] = new Bucket(0, FirstHoldOff, now);
            return true;
        }
    }

    /// <summary>Takes a token before a look-up; false when the source has none, or is held off.</summary>
    public bool TryTake(SourceKey source)
    {
        if (_exempt.Contains(source))
        {
            return true;
        }

        lock (_lock)
        {
            var now = time.GetTimestamp();
            var isNew = !_buckets.TryGetValue(source, out var bucket);
            bucket = isNew ? new Bucket(burst, TimeSpan.Zero, now) : Aged(bucket, now);
            if (bucket.HoldOff > TimeSpan.Zero)
            {
                if (time.GetElapsedTime(bucket.At, now) < bucket.HoldOff)
                {
                    return false;
                }

                // One goes through; if it leads somewhere, the hold-off has ended, else the next is longer.
                var longer = bucket.HoldOff * 2 < LongestHoldOff ? bucket.HoldOff * 2 : LongestHoldOff;
                _buckets[source] = new Bucket(0, longer, now);
                return true;
            }

            if (bucket.Tokens < 1)
            {
                _buckets[source] = new Bucket(0, FirstHoldOff, now);
                return false;
            }

            if (isNew)
            {
                MakeRoom(now);
            }

            _buckets[source] = bucket with { Tokens = bucket.Tokens - 1 };
            return true;
        }
    }

    /// <summary>Gives the token back: the name led somewhere, or the silo could not be asked.</summary>
    public void GiveBack(SourceKey source)
    {
        if (_exempt.Contains(source))
        {
            return;
        }

        lock (_lock)
        {
            if (!_buckets.TryGetValue(source, out var bucket))
            {
                return;
            }

            var now = time.GetTimestamp();
            bucket = Aged(bucket, now);
            if (bucket.HoldOff > TimeSpan.Zero)
            {
                // It says nothing about the guesses before it: the next may be asked, and a guess among them goes on where the hold-off was.
                var before = bucket.HoldOff / 2 > FirstHoldOff ? bucket.HoldOff / 2 : FirstHoldOff;
                _buckets[source] = new Bucket(0, before, now - (long)(before.TotalSeconds * time.TimestampFrequency));
            }
            else if (bucket.Tokens + 1 >= burst)
            {
                _buckets.Remove(source);
            }
            else
            {
                _buckets[source] = bucket with { Tokens = bucket.Tokens + 1 };
            }
        }
    }

    private Bucket Aged(Bucket bucket, long now)
    {
        var age = time.GetElapsedTime(bucket.At, now);
        return bucket.HoldOff > TimeSpan.Zero
            ? age >= bucket.HoldOff + ForgivenAfter ? new Bucket(burst, TimeSpan.Zero, now) : bucket
            : new Bucket(Math.Min(burst, bucket.Tokens + (age.TotalMinutes * perMinute)), TimeSpan.Zero, now);
    }

    private void MakeRoom(long now)
    {
        if (_buckets.Count < MaxSources)
        {
            return;
        }

        foreach (var (source, bucket) in _buckets.ToArray())
        {
            if (Aged(bucket, now).Tokens >= burst)
            {
                _buckets.Remove(source);
            }
        }

        // Else a few that come free one by one would have all looked at for each.
        if (_buckets.Count > MaxSources / 2)
        {
            _buckets.Clear();
        }
    }

    /// <summary>Tokens at a time, or the hold-off that began then.</summary>
    private readonly record struct Bucket(double Tokens, TimeSpan HoldOff, long At);
}
