using System.Net;
using System.Threading.Channels;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Activity;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Edge;

/// <summary>
/// Tells the silo of each committed snapshot, at once and until it is accepted, in order, across restarts. The queue is bounded: while the silo is
/// away for long the oldest reports are dropped first, counted and logged. The silo tells a run without a snapshot from a finished one by them. What stock clients
/// with access keys do goes the same way, so that it arrives in order with their snapshots; it is read when it is sent, and waits in the queue once at most.
/// </summary>
internal sealed partial class SnapshotReporter : BackgroundService
{
    // A silo that comes back may hear of the run's end first, and waits 5 s for the snapshot before it calls the run one without.
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(3);

    private const int MaxWaiting = 10_000;
    private readonly Channel<Waiting> _queue;
    private readonly EdgeSession _session;
    private readonly ReportStore _store;
    private readonly DiskLane _lane;
    private readonly AccessBook _book;
    private readonly RepositoryMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<SnapshotReporter> _logger;

    public SnapshotReporter(
        EdgeSession session, ReportStore store, DiskLane lane, AccessBook book, RepositoryMetrics metrics, TimeProvider time, ILogger<SnapshotReporter> logger)
    {
        (_session, _store, _lane, _book, _metrics, _time, _logger) = (session, store, lane, book, metrics, time, logger);
        _queue = Channel.CreateBounded<Waiting>(
            new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            Dropped);
        foreach (var left in store.Load())
        {
            _queue.Writer.TryWrite(new Waiting(left.File, left.Report, null));
        }
    }

    /// <summary>Keeps a report on disk and queues it; waits for the disk, never for the silo.</summary>
    public async Task ReportAsync(SnapshotReport report, CancellationToken token)
    {
        string? file = null;
        try
        {
            file = await _lane.RunAsync(() => _store.Keep(report), token);
        }
        catch (IOException fault)
        {
            // The snapshot itself is stored, and so the upload succeeded: the report is told from memory.
            _metrics.EdgeFailed("snapshot-not-kept");
            LogNotKept(fault, report.Snapshot);
        }

        _queue.Writer.TryWrite(new Waiting(file, report, null));
    }

    /// <summary>Queues what an access key does.</summary>
    public void Report(AccessUse use) => _queue.Writer.TryWrite(new Waiting(null, null, use));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(_time, s_longestPause);
        try
        {
            await foreach (var waiting in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                while (!await (waiting.Use is { } use ? TrySendAsync(use, stoppingToken) : TrySendAsync(waiting.Report!, stoppingToken)))
                {
                    await backoff.WaitAsync(stoppingToken);
                }

                backoff.Reset();
                if (waiting.File is { } file)
                {
                    _store.Remove(file);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogLeft(_queue.Reader.Count);
        }
    }

    private Task<bool> TrySendAsync(SnapshotReport report, CancellationToken token) => TryPostAsync(
        EdgeRoutes.Snapshots, report, "snapshot", why => LogRefused(report.Snapshot, report.ServerName, why), why => LogFailed(report.Snapshot, why), token);

    /// <summary>Read anew at each try.</summary>
    private Task<bool> TrySendAsync(AccessUse use, CancellationToken token)
    {
        var report = use.Take();
        return TryPostAsync(
            EdgeRoutes.Activity, report, "activity", why => LogActivityRefused(report.AccessKey, report.ServerName, why), why => LogActivityFailed(report.AccessKey, why), token);
    }

    /// <summary>True when the report is done with: accepted, or refused for good.</summary>
    private async Task<bool> TryPostAsync<T>(string route, T report, string kind, Action<string> refused, Action<string> failed, CancellationToken token)
    {
        try
        {
            await _session.Client.PostAsync(route, report, token);
            _book.Heard();
            return true;
        }
        catch (ProblemException fault) when (fault.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // The silo knows the run no longer, or cannot take the report: repeating it changes nothing.
            _metrics.EdgeFailed(kind + "-refused");
            refused(fault.Message);
            return true;
        }
        catch (Exception fault) when (fault is HttpRequestException or ProblemException or IOException)
        {
            _metrics.EdgeFailed(kind);
            failed(fault.Message);
            return false;
        }
    }

    private void Dropped(Waiting oldest)
    {
        if (oldest.Report is null)
        {
            _metrics.EdgeFailed("activity-dropped");
            return;
        }

        _metrics.EdgeFailed("snapshot-dropped");
        LogDropped(oldest.Report.Snapshot, oldest.Report.ServerName);
        if (oldest.File is not null)
        {
            _store.Remove(oldest.File);
        }
    }

    [LoggerMessage(421, LogLevel.Debug, "The snapshot {Snapshot} could not be reported yet: {Fault}")]
    private partial void LogFailed(string snapshot, string fault);

    [LoggerMessage(422, LogLevel.Warning, "The silo refused the report of snapshot {Snapshot} on {ServerName}: {Fault}")]
    private partial void LogRefused(string snapshot, string serverName, string fault);

    [LoggerMessage(423, LogLevel.Error, "Too many snapshots wait to be reported; the report of {Snapshot} on {ServerName} was dropped")]
    private partial void LogDropped(string snapshot, string serverName);

    [LoggerMessage(424, LogLevel.Information, "Stopping; {Count} more snapshots wait to be reported")]
    private partial void LogLeft(int count);

    [LoggerMessage(426, LogLevel.Warning, "The silo refused what access key {AccessKey} does on {ServerName}: {Fault}")]
    private partial void LogActivityRefused(string accessKey, string serverName, string fault);

    [LoggerMessage(427, LogLevel.Debug, "What access key {AccessKey} does could not be reported yet: {Fault}")]
    private partial void LogActivityFailed(string accessKey, string fault);

    [LoggerMessage(425, LogLevel.Error, "The report of snapshot {Snapshot} could not be kept on disk")]
    private partial void LogNotKept(Exception fault, string snapshot);

    /// <summary>One report: of a snapshot, kept in a file, or of what an access key does.</summary>
    private sealed record Waiting(string? File, SnapshotReport? Report, AccessUse? Use);
}
