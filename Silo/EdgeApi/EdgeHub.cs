using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Reads the edge log once for the whole process and hands each row to the streams it is for. A stream that does not keep up is ended; its client comes
/// back with the last number it saw. Safe for concurrent use.
/// </summary>
internal sealed class EdgeHub(IEdgeLog log, TimeProvider time, ILogger<EdgeHub> logger) : BackgroundService
{
    /// <summary>Rows that are kept in memory, so that a thousand streams that come back at once cost the database nothing.</summary>
    public const int KeptRows = 10_000;

    private const int PageRows = 500;

    // Rows that other silos wrote are not signalled.
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<EdgeSubscription>> _byAudience = new(StringComparer.Ordinal);
    private readonly List<EdgeLogRow> _kept = [];
    private long _keptAfter;
    private long _position;

    /// <summary>The last number that was handed out.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anybody can subscribe: a stream's snapshot is never older than where the hub begins.
        var (oldest, newest) = await log.RangeAsync(cancellationToken);
        await KeepLastAsync(oldest, newest, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// What came after that number, out of memory, and up to where; null when that reaches back too far, or is a number that is not known here. After a
    /// subscription: what comes later comes by it.
    /// </summary>
    public (IReadOnlyList<EdgeLogRow> Rows, long Position)? TryReplay(long after, IReadOnlyList<string> audiences)
    {
        lock (_lock)
        {
            if (after < _keptAfter || after > _position)
            {
                return null;
            }

            var rows = new List<EdgeLogRow>();
            for (var i = _kept.Count - 1; i >= 0 && _kept[i].Sequence > after; i--)
            {
                if (audiences.Contains(_kept[i].Audience))
                {
                    rows.Add(_kept[i]);
                }
            }

            rows.Reverse();
            return (rows, _position);
        }
    }

    /// <summary>Rows for these audiences from now on; subscribe first, then read what came before.</summary>
    public EdgeSubscription Subscribe(params string[] audiences)
    {
        var subscription = new EdgeSubscription(this, audiences);
        lock (_lock)
        {
            foreach (var audience in audiences)
            {
                if (!_byAudience.TryGetValue(audience, out var list))
                {
                    _byAudience[audience] = list = [];
                }

                list.Add(subscription);
            }
        }

        return subscription;
    }

    internal void Unsubscribe(EdgeSubscription subscription)
    {
        lock (_lock)
        {
            foreach (var audience in subscription.Audiences)
            {
                if (_byAudience.TryGetValue(audience, out var list) && list.Remove(subscription) && list.Count == 0)
                {
                    _byAudience.Remove(audience);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(stoppingToken);
                while (await log.ReadAsync(_position, PageRows, stoppingToken) is { Count: > 0 } rows)
                {
                    Publish(rows);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The streams stay open and fall behind; nothing is skipped, for the position stays.
                ListeningLog.LogReadFailed(logger, exception, s_retry);
                await Task.Delay(s_retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var written = log.WaitAsync(_position, ended.Token);
        var polled = Task.Delay(s_poll, time, ended.Token);
        await Task.WhenAny(written, polled);
        await ended.CancelAsync();
        await Task.WhenAll(written, polled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task KeepLastAsync(long oldest, long newest, CancellationToken cancellationToken)
    {
        var after = Math.Max(newest - KeptRows, oldest - 1);
        lock (_lock)
        {
            (_keptAfter, _position) = (after, after);
        }

        while (_position < newest && await log.ReadAsync(_position, PageRows, cancellationToken) is { Count: > 0 } rows)
        {
            lock (_lock)
            {
                Keep(rows);
            }
        }

        lock (_lock)
        {
            _position = Math.Max(_position, newest);
        }
    }

    private void Keep(IReadOnlyList<EdgeLogRow> rows)
    {
        _kept.AddRange(rows);
        _position = rows[^1].Sequence;
        if (_kept.Count >= 2 * KeptRows)
        {
            var dropped = _kept.Count - KeptRows;
            _keptAfter = _kept[dropped - 1].Sequence;
            _kept.RemoveRange(0, dropped);
        }
    }

    private void Publish(IReadOnlyList<EdgeLogRow> rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                foreach (var subscription in _byAudience.GetValueOrDefault(row.Audience) ?? [])
                {
                    subscription.Offer(row);
                }
            }

            Keep(rows);
        }
    }
}
