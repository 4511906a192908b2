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
    private const int PageRows = 500;

    // Rows that other silos wrote are not signalled.
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<EdgeSubscription>> _byAudience = new(StringComparer.Ordinal);
    private long _position;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anybody can subscribe: a stream's snapshot is never older than where the hub begins.
        _position = (await log.RangeAsync(cancellationToken)).Newest;
        await base.StartAsync(cancellationToken);
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
                    _position = rows[^1].Sequence;
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
        }
    }
}
