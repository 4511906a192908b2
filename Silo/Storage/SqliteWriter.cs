using System.Threading.Channels;
using Headgate.Grains;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Orleans.Storage;

namespace Headgate.Silo.Storage;

/// <summary>
/// The writer of a SQLite database. One loop, one connection; each turn takes what waits (at most <see cref="MaxBatch"/>) into one transaction: the flush
/// to disk is what a commit costs, and it is paid once for all of them. Nothing is answered before the commit.
/// </summary>
internal sealed class SqliteWriter : ISiloWriter, IAsyncDisposable
{
    private const int MaxBatch = 128;
    private const int QueueLength = 4096;
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;

    private readonly IDbContextFactory<SiloDbContext> _contexts;
    private readonly EdgeLog _log;
    private readonly StorageMetrics _metrics;
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Task _loop;

    public SqliteWriter(IDbContextFactory<SiloDbContext> contexts, EdgeLog log, StorageMetrics metrics)
    {
        (_contexts, _log, _metrics) = (contexts, log, metrics);
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
            throw new ObjectDisposedException(nameof(SqliteWriter), "The silo is stopping: nothing is written any more.");
        }
        await item.Done.Task;
    }

    /// <summary>Takes nothing new, writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
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
                foreach (var item in batch)
                {
                    _metrics.Wrote("failed");
                    item.Done.TrySetException(exception);
                }
            }
            batch.Clear();
        }
    }

    private async Task WriteBatchAsync(List<Work> batch)
    {
        await using var db = await _contexts.CreateDbContextAsync();
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
        db.Database.AutoSavepointsEnabled = false;
        await using var transaction = await db.Database.BeginTransactionAsync();
        var newest = 0L;
        var changed = new List<(SubjectKind Kind, string Key)>();
        foreach (var item in batch)
        {
            db.Changed.Clear();
            await transaction.CreateSavepointAsync("work");
            try
            {
                await item.Run(db, CancellationToken.None);
                await db.SaveChangesAsync();
                newest = Math.Max(newest, EdgeLog.NewestIn(db));
                await transaction.ReleaseSavepointAsync("work");
                changed.AddRange(db.Changed);
            }
            catch (Exception exception)
            {
                // Throws when the database has given the whole transaction up; then the batch fails as one.
                await transaction.RollbackToSavepointAsync("work");
                item.Failure = Translate(exception);
            }
            db.ChangeTracker.Clear();
        }
        await ChangeRows.WriteAsync(db, changed, CancellationToken.None);
        await transaction.CommitAsync();
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

    // SQLite names the columns: "UNIQUE constraint failed: gateway.host, gateway.port".
    private static Exception Translate(Exception exception)
    {
        if (exception is DbUpdateException { InnerException: SqliteException { SqliteExtendedErrorCode: ConstraintUnique or ConstraintPrimaryKey } error })
        {
            var from = error.Message.IndexOf("failed: ", StringComparison.Ordinal);
            var columns = from < 0 ? "key" : error.Message[(from + 8)..].TrimEnd('\'', '.', ' ');
            return new UniqueConstraintException(columns, exception);
        }
        return exception;
    }

    private sealed class Work(Func<SiloDbContext, CancellationToken, Task> run)
    {
        public Func<SiloDbContext, CancellationToken, Task> Run { get; } = run;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Exception? Failure { get; set; }
    }
}
