using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>A query that somebody watches.</summary>
internal abstract class LiveEntry
{
    public abstract bool IsTouchedBy(Change change);

    /// <summary>Something that it reads was written.</summary>
    public abstract void Touch(DateTimeOffset now);

    public abstract bool IsDue(DateTimeOffset now);

    public abstract bool IsWatched { get; }

    /// <summary>Reads, in one of <paramref name="slots"/>, and tells the watchers; while a read is under way, it is repeated after it instead.</summary>
    public abstract Task ReadAsync(IGrainFactory grains, SemaphoreSlim slots, CancellationToken cancellationToken);
}

/// <summary>A query, its latest answer, and who watches it.</summary>
internal sealed class LiveEntry<T>(LiveQuery<T> query, TimeProvider time, ILogger logger) : LiveEntry
{
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A grain shows what it wrote a moment after it is in the database, where the change log finds it. So what was read at once is read once more.</summary>
    private static readonly TimeSpan s_shownWithin = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private ImmutableArray<LiveWatcher<T>> _watchers = [];
    private LiveValue<T> _value = LiveValue<T>.None;
    private DateTimeOffset _lastRead = DateTimeOffset.MinValue;
    private DateTimeOffset _shown = DateTimeOffset.MaxValue;
    private bool _closed;
    private bool _reading;
    private bool _again;

    public override bool IsWatched => !_watchers.IsEmpty;

    public override bool IsTouchedBy(Change change) => query.IsTouchedBy(change);

    public override void Touch(DateTimeOffset now)
    {
        lock (_lock)
        {
            _shown = now + s_shownWithin;
        }
    }

    // What was never read well is asked for again each second, whatever the query says.
    public override bool IsDue(DateTimeOffset now)
    {
        lock (_lock)
        {
            return !_reading && (now >= _shown || IsRefreshDue(now));
        }
    }

    private bool IsRefreshDue(DateTimeOffset now) =>
        (query.Refresh ?? (_value is { HasValue: true, IsStale: false } or { Refusal: not null } ? null : TimeSpan.FromSeconds(1))) is { } refresh && now - _lastRead >= refresh;

    /// <summary>Adds a watcher and gives it what is known. False when the entry was closed in between: take another.</summary>
    public bool TryAdd(LiveWatcher<T> watcher, out bool isFirst)
    {
        lock (_lock)
        {
            isFirst = _watchers.IsEmpty && !_value.HasValue;
            if (_closed)
            {
                return false;
            }

            _watchers = _watchers.Add(watcher);
            if (_value.HasValue || _value.Refusal is not null)
            {
                watcher.Post(_value);
            }

            return true;
        }
    }

    /// <summary>Takes a watcher away. True when it was the last: the entry is closed.</summary>
    public bool Remove(LiveWatcher<T> watcher)
    {
        lock (_lock)
        {
            _watchers = _watchers.Remove(watcher);
            return _closed = _watchers.IsEmpty;
        }
    }

    public override async Task ReadAsync(IGrainFactory grains, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_reading)
            {
                _again = true;
                return;
            }

            _reading = true;
        }

        do
        {
            var read = await ReadInTurnAsync(grains, slots, cancellationToken);
            lock (_lock)
            {
                _value = read;
                foreach (var watcher in _watchers)
                {
                    watcher.Post(read);
                }
            }
        }
        while (IsWantedAgain(cancellationToken));
    }

    private bool IsWantedAgain(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            (_reading, _again) = (_again && !_closed && !cancellationToken.IsCancellationRequested, false);
            return _reading;
        }
    }

    private async Task<LiveValue<T>> ReadInTurnAsync(IGrainFactory grains, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            lock (_lock)
            {
                _lastRead = time.GetUtcNow();
                _shown = _lastRead >= _shown ? DateTimeOffset.MaxValue : _shown;
            }

            return await ReadOnceAsync(grains, cancellationToken);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task<LiveValue<T>> ReadOnceAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_readTimeout);
        try
        {
            return new LiveValue<T>(await query.ReadAsync(grains, limit.Token), true, null, false, time.GetUtcNow());
        }
        catch (RefusedException refusal)
        {
            return new LiveValue<T>(default, false, refusal, false, time.GetUtcNow());
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The page keeps what it shows and says since when; the next round tries again.
            PortalLog.ReadFailed(logger, exception, query.GetType().Name);
            return _value with { IsStale = true };
        }
    }
}
