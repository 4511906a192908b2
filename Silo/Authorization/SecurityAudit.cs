using System.Collections.Concurrent;
using System.Threading.Channels;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Authorization;

/// <summary>
/// Writes refused certificates and codes to the audit table: the first of a kind and holder within each minute, and at most <see cref="PerMinute"/> of a kind, so
/// that neither a program that keeps trying nor somebody with many addresses can fill it. What is left out is counted; so is what the queue cannot take. Safe for concurrent use.
/// </summary>
internal sealed class SecurityAudit(ISiloWriter writer, TimeProvider time, ApiMetrics metrics, ILogger<SecurityAudit> logger) : BackgroundService
{
    /// <summary>Entries of one kind within a minute.</summary>
    public const int PerMinute = 60;

    private const int QueueLength = 1024;
    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan s_quiet = TimeSpan.FromMinutes(1);

    private readonly Channel<AuditRow> _queue = Channel.CreateBounded<AuditRow>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<(string Kind, string Who), long> _recent = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Since, int Count)> _ofKind = new(StringComparer.Ordinal);

    /// <summary>Notes a refusal. Never waits.</summary>
    /// <param name="kind">What was wrong, such as <c>certificate-revoked</c>.</param>
    /// <param name="who">Whom the certificate names.</param>
    /// <param name="context">The request that was refused.</param>
    public void Record(string kind, string who, HttpContext context)
    {
        var now = time.GetTimestamp();
        if (_recent.TryGetValue((kind, who), out var last) && time.GetElapsedTime(last, now) < s_quiet)
        {
            return;
        }

        if (!TryTake(kind, now))
        {
            metrics.AuditDropped();
            return;
        }

        if (_recent.Count >= MaxRemembered)
        {
            _recent.Clear();
        }

        _recent[(kind, who)] = now;
        var row = new AuditRow
        {
            At = time.GetUtcNow(),
            Kind = kind,
            Who = who,
            What = $"Refused {context.Request.Method} {context.Request.Path} from {RequestGate.SourceOf(context)}.",
        };
        if (!_queue.Writer.TryWrite(row))
        {
            metrics.AuditDropped();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var row in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                await WriteAsync(row, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is still in the queue is written below.
        }

        while (_queue.Reader.TryRead(out var row))
        {
            await WriteAsync(row, CancellationToken.None);
        }
    }

    // Kinds are ours, so there are few.
    private bool TryTake(string kind, long now)
    {
        lock (_lock)
        {
            var (since, count) = _ofKind.GetValueOrDefault(kind, (now, 0));
            (since, count) = time.GetElapsedTime(since, now) < s_quiet ? (since, count) : (now, 0);
            _ofKind[kind] = (since, count + 1);
            return count < PerMinute;
        }
    }

    private async Task WriteAsync(AuditRow row, CancellationToken cancellationToken)
    {
        try
        {
            await writer.WriteAsync(
                (db, _) =>
                {
                    db.Audit.Add(row);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            metrics.AuditDropped();
            ListeningLog.AuditFailed(logger, exception, row.Kind, row.Who);
        }
    }
}
