using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>A query that somebody watches.</summary>
internal abstract class LiveEntry
{
    public abstract bool IsTouchedBy(Change change);

    public abstract bool IsDue(DateTimeOffset now);

    public abstract bool IsWatched { get; }

    public abstract Task ReadAsync(IGrainFactory grains, CancellationToken cancellationToken);
}

/// <summary>A query, its latest answer, and who watches it.</summary>
internal sealed class LiveEntry<T>(LiveQuery<T> query, TimeProvider time, ILogger logger) : LiveEntry
{
    private static readonly TimeSpan s_readTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private ImmutableArray<LiveWatcher<T>> _watchers = [];
    private LiveValue<T> _value = LiveValue<T>.None;
    private DateTimeOffset _lastRead = DateTimeOffset.MinValue;
    private bool _closed;

    public override bool IsWatched => !_watchers.IsEmpty;

    public override bool IsTouchedBy(Change change) => query.IsTouchedBy(change);

    // What was never read well is asked for again each second, whatever the query says.
    public override bool IsDue(DateTimeOffset now) =>
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

    public override async Task ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            _lastRead = time.GetUtcNow();
            var read = await ReadOnceAsync(grains, cancellationToken);
            lock (_lock)
            {
                _value = read;
                foreach (var watcher in _watchers)
                {
                    watcher.Post(read);
                }
            }
        }
        finally
        {
            _reading.Release();
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
