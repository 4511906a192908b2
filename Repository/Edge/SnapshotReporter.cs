using System.Net;
using System.Threading.Channels;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;

namespace Headgate.Repository.Edge;

/// <summary>
/// Tells the silo of each committed snapshot, at once and until it is accepted, in order. The queue is in memory and bounded: while the silo is away
/// the oldest reports are dropped first, counted and logged. The silo tells a run without a snapshot from a finished one by them.
/// </summary>
internal sealed partial class SnapshotReporter : BackgroundService
{
    private const int MaxWaiting = 10_000;
    private readonly Channel<SnapshotReport> _queue;
    private readonly EdgeSession _session;
    private readonly AccessBook _book;
    private readonly RepositoryMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<SnapshotReporter> _logger;

    public SnapshotReporter(EdgeSession session, AccessBook book, RepositoryMetrics metrics, TimeProvider time, ILogger<SnapshotReporter> logger)
    {
        (_session, _book, _metrics, _time, _logger) = (session, book, metrics, time, logger);
        _queue = Channel.CreateBounded<SnapshotReport>(
            new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            Dropped);
    }

    /// <summary>Queues a report; never waits.</summary>
    public void Report(SnapshotReport report) => _queue.Writer.TryWrite(report);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(_time);
        try
        {
            await foreach (var report in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                while (!await TrySendAsync(report, stoppingToken))
                {
                    await backoff.WaitAsync(stoppingToken);
                }

                backoff.Reset();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogLeft(_queue.Reader.Count);
        }
    }

    /// <summary>True when the report is done with: accepted, or refused for good.</summary>
    private async Task<bool> TrySendAsync(SnapshotReport report, CancellationToken token)
    {
        try
        {
            await _session.Client.PostAsync(EdgeRoutes.Snapshots, report, token);
            _book.Heard();
            return true;
        }
        catch (ProblemException fault) when (fault.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // The silo knows the run no longer, or cannot take the report: repeating it changes nothing.
            _metrics.EdgeFailed("snapshot-refused");
            LogRefused(report.Snapshot, report.ServerName, fault.Message);
            return true;
        }
        catch (Exception fault) when (fault is HttpRequestException or ProblemException or IOException)
        {
            _metrics.EdgeFailed("snapshot");
            LogFailed(report.Snapshot, fault.Message);
            return false;
        }
    }

    private void Dropped(SnapshotReport report)
    {
        _metrics.EdgeFailed("snapshot-dropped");
        LogDropped(report.Snapshot, report.ServerName);
    }

    [LoggerMessage(421, LogLevel.Debug, "The snapshot {Snapshot} could not be reported yet: {Fault}")]
    private partial void LogFailed(string snapshot, string fault);

    [LoggerMessage(422, LogLevel.Warning, "The silo refused the report of snapshot {Snapshot} on {ServerName}: {Fault}")]
    private partial void LogRefused(string snapshot, string serverName, string fault);

    [LoggerMessage(423, LogLevel.Error, "Too many snapshots wait to be reported; the report of {Snapshot} on {ServerName} was dropped")]
    private partial void LogDropped(string snapshot, string serverName);

    [LoggerMessage(424, LogLevel.Information, "Stopping with {Count} snapshots not reported")]
    private partial void LogLeft(int count);
}
