using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>
/// Keeps pages up to date: one in a process, for every page of both sites. Four times a second, while anybody watches, it asks the change log what was
/// written since it last asked, reads each touched query, once more a second later, and hands the answers to everybody who watches it. A hundred pages with
/// one view cost the grains what one costs. Thread-safe.
/// </summary>
public sealed class LiveHub(IClusterClient grains, TimeProvider time, ILogger<LiveHub> logger) : BackgroundService
{
    /// <summary>The key of <see cref="IChangeLog"/>.</summary>
    public const string ChangeLogKey = "all";

    private const int ReadsAtOnce = 16;
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<object, LiveEntry> _entries = new();
    private readonly List<Task> _reads = [];
    private readonly SemaphoreSlim _slots = new(ReadsAtOnce);
    private readonly CancellationTokenSource _stopped = new();
    private long _version = -1;

    /// <summary>Queries that are watched.</summary>
    public int Watched => _entries.Count;

    /// <summary>Watches a query until the answer is disposed. What is known is delivered at once, the rest as it comes, one at a time.</summary>
    public IDisposable Watch<T>(LiveQuery<T> query, Func<LiveValue<T>, Task> deliver)
    {
        var watcher = new LiveWatcher<T>(deliver, logger);
        while (true)
        {
            var entry = (LiveEntry<T>)_entries.GetOrAdd(query, static (_, made) => new LiveEntry<T>(made.query, made.time, made.logger), (query, time, logger));
            if (entry.TryAdd(watcher, out var isFirst))
            {
                if (isFirst)
                {
                    Begin(entry);
                }

                return new Watching(() => Remove(query, entry, watcher));
            }

            _entries.TryRemove(new KeyValuePair<object, LiveEntry>(query, entry));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _stopped.Dispose();
        _slots.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(_stopped.Cancel);
        using var timer = new PeriodicTimer(s_period, time);
        while (await WaitAsync(timer, stoppingToken))
        {
            if (_entries.IsEmpty)
            {
                // Nobody looks: what happens meanwhile is read afresh by whoever comes.
                _version = -1;
                continue;
            }

            var touched = await ChangesAsync(stoppingToken);
            var now = time.GetUtcNow();
            foreach (var entry in _entries.Values)
            {
                var isTouched = touched(entry);
                if (isTouched)
                {
                    entry.Touch(now);
                }

                if (isTouched || entry.IsDue(now))
                {
                    // Not waited for: what answers late holds nothing else up.
                    Begin(entry);
                }
            }
        }

        await EndReadsAsync();
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Func<LiveEntry, bool>> ChangesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var changes = await grains.GetGrain<IChangeLog>(ChangeLogKey).ReadAsync(_version, cancellationToken);
            // Before the first answer nothing says what an entry missed between its read and now.
            var isFirst = _version < 0;
            _version = changes.Version;
            return isFirst || !changes.IsWhole ? _ => true : entry => changes.Changes.Any(entry.IsTouchedBy);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The version stays: what was missed comes with the next answer.
            PortalLog.ChangesFailed(logger, exception);
            return _ => false;
        }
        catch (OperationCanceledException)
        {
            return _ => false;
        }
    }

    private void Begin(LiveEntry entry)
    {
        lock (_reads)
        {
            _reads.RemoveAll(static read => read.IsCompleted);
            if (!_stopped.IsCancellationRequested)
            {
                var token = _stopped.Token;
                _reads.Add(Task.Run(() => ReadAsync(entry, token), CancellationToken.None));
            }
        }
    }

    private Task EndReadsAsync()
    {
        lock (_reads)
        {
            return Task.WhenAll(_reads);
        }
    }

    private async Task ReadAsync(LiveEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await entry.ReadAsync(grains, _slots, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private void Remove<T>(LiveQuery<T> query, LiveEntry<T> entry, LiveWatcher<T> watcher)
    {
        watcher.Stop();
        if (entry.Remove(watcher))
        {
            _entries.TryRemove(new KeyValuePair<object, LiveEntry>(query, entry));
        }
    }

    private sealed class Watching(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
