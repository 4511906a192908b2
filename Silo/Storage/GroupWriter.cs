using System.Data.Common;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Headgate.Grains;
using Headgate.Silo.Storage.Engines;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Headgate.Silo.Storage;

/// <summary>
/// The writer of any database. One loop, one connection; each turn takes what waits (at most <see cref="MaxBatch"/>) into one transaction: the flush to disk is
/// what a commit costs, and it is paid once for all of them. Nothing is answered before the commit. A transaction that was lost before its commit was sent is made
/// again, so that a database that restarts is noticed by its delay only.
/// </summary>
internal sealed partial class GroupWriter : ISiloWriter, IAsyncDisposable
{
    private const int MaxBatch = 128;
    private const int QueueLength = 4096;
    private const string Savepoint = "work";

    // A server that restarts is back within seconds. What waits longer keeps its callers longer than their own patience (30 s) allows.
    private static readonly TimeSpan[] s_pauses =
        [TimeSpan.Zero, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    private readonly IDbContextFactory<SiloDbContext> _contexts;
    private readonly EdgeLog _log;
    private readonly StorageMetrics _metrics;
    private readonly ILogger<GroupWriter> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Task _loop;

    public GroupWriter(IDbContextFactory<SiloDbContext> contexts, EdgeLog log, StorageMetrics metrics, ILogger<GroupWriter> logger)
    {
        (_contexts, _log, _metrics, _logger) = (contexts, log, metrics, logger);
        _loop = Task.Run(RunAsync);
    }

    public async Task WriteAsync(Func<SiloDbContext, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var item = new Work(work);
        try
        {
            await _queue.Writer.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(GroupWriter), "The silo is stopping: nothing is written any more.");
        }
        await item.Done.Task;
    }

    /// <summary>Takes nothing new, writes what waits without waiting for a database that is away, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_queue.Writer.TryComplete())
        {
            await _stopping.CancelAsync();
        }
        await _loop;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var batch = new List<Work>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var item))
            {
                batch.Add(item);
            }
            try
            {
                await WriteBatchAsync(batch);
            }
            catch (Exception exception)
            {
                // The transaction as a whole failed (disk full, database gone): nothing of it is there, and every caller hears why.
                var outcome = exception is CommitUnknownException ? "unknown" : "failed";
                Failed(_logger, exception, batch.Count);
                foreach (var item in batch)
                {
                    _metrics.Wrote(outcome);
                    item.Done.TrySetException(exception);
                }
            }
            batch.Clear();
        }
    }

    private async Task WriteBatchAsync(List<Work> batch)
    {
        for (var attempt = 0; ; attempt++)
        {
            var sent = false;
            await using var db = await _contexts.CreateDbContextAsync();
            var engine = DatabaseEngine.Of(db);
            try
            {
                db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
                db.Database.AutoSavepointsEnabled = false;
                await using var transaction = await engine.BeginWriteAsync(db, CancellationToken.None);
                var newest = await RunWorksAsync(db, engine, transaction, batch);
                sent = true;
                await transaction.CommitAsync();
                Answer(batch, newest);
                return;
            }
            catch (Exception exception) when (sent && engine.LeavesCommitUnknown(exception))
            {
                throw new CommitUnknownException(exception);
            }
            catch (Exception exception) when (!sent && attempt < s_pauses.Length && engine.IsTransient(exception) && !_stopping.IsCancellationRequested)
            {
                _metrics.Repeated();
                Again(_logger, batch.Count, attempt + 1, exception.Message);
            }
            await PauseAsync(s_pauses[attempt]);
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping: one more attempt, at once.
        }
    }

    // Answers the newest number in the edge log, or 0.
    private static async Task<long> RunWorksAsync(SiloDbContext db, DatabaseEngine engine, IDbContextTransaction transaction, List<Work> batch)
    {
        var newest = 0L;
        var changed = new List<(SubjectKind Kind, string Key)>();
        foreach (var item in batch)
        {
            item.Failure = null;
            db.Changed.Clear();
            await transaction.CreateSavepointAsync(Savepoint);
            try
            {
                await item.Run(db, CancellationToken.None);
                await db.SaveChangesAsync();
                newest = Math.Max(newest, EdgeLog.NewestIn(db));
                await transaction.ReleaseSavepointAsync(Savepoint);
                changed.AddRange(db.Changed);
            }
            catch (Exception exception) when (!engine.IsTransient(exception))
            {
                await RollBackAsync(transaction, exception);
                item.Failure = engine.Translate(db, exception);
            }
            db.ChangeTracker.Clear();
        }
        if (changed.Count > 0)
        {
            await engine.WriteChangesAsync(db, [.. changed.Distinct()], CancellationToken.None);
        }
        return newest;
    }

    // When the database has given the whole transaction up, the batch fails as one: for the reason that the database gave, if it gave one.
    private static async Task RollBackAsync(IDbContextTransaction transaction, Exception cause)
    {
        try
        {
            await transaction.RollbackToSavepointAsync(Savepoint);
        }
        catch (Exception) when (cause.Causes().Any(inner => inner is DbException))
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private void Answer(List<Work> batch, long newest)
    {
        _metrics.Committed(batch.Count);
        if (newest > 0)
        {
            _log.Announce(newest);
        }
        foreach (var item in batch)
        {
            _metrics.Wrote(item.Failure switch
            {
                null => "written",
                InconsistentStateException => "lost-race",
                UniqueConstraintException => "duplicate",
                RefusedException => "refused",
                _ => "failed",
            });
            if (item.Failure is { } failure)
            {
                item.Done.TrySetException(failure);
            }
            else
            {
                item.Done.TrySetResult();
            }
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "{Count} writes failed together: nothing of them is in the database unless this says that nobody can know.")]
    private static partial void Failed(ILogger logger, Exception exception, int count);

    [LoggerMessage(2011, LogLevel.Information, "A transaction of {Count} writes was lost before its commit and is made again, attempt {Attempt}: {Reason}")]
    private static partial void Again(ILogger logger, int count, int attempt, string reason);

    private sealed class Work(Func<SiloDbContext, CancellationToken, Task> run)
    {
        public Func<SiloDbContext, CancellationToken, Task> Run { get; } = run;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Exception? Failure { get; set; }
    }
}
