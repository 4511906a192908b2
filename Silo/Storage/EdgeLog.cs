using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage;

/// <summary>The edge log over its table.</summary>
internal sealed class EdgeLog(IDbContextFactory<SiloDbContext> contexts, Lazy<ISiloWriter> writer) : IEdgeLog
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _newest;

    public async Task<IReadOnlyList<EdgeLogRow>> ReadAsync(long after, int max, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.EdgeLog.Where(row => row.Sequence > after).OrderBy(row => row.Sequence).Take(max).ToListAsync(cancellationToken);
    }

    public async Task<(long Oldest, long Newest)> RangeAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // Each is one step in the index; both in one query would walk the whole log.
        var oldest = await db.EdgeLog.MinAsync(row => (long?)row.Sequence, cancellationToken);
        var newest = await db.EdgeLog.MaxAsync(row => (long?)row.Sequence, cancellationToken);
        return (oldest ?? 0, newest ?? 0);
    }

    public async Task WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_newest > after)
                {
                    return;
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    public async Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await writer.Value.WriteAsync(
            async (db, token) => deleted = await db.EdgeLog
                .Where(row => row.At < before && row.Sequence < db.EdgeLog.Max(newest => newest.Sequence))
                .ExecuteDeleteAsync(token),
            cancellationToken);
        return deleted;
    }

    internal static void Append(SiloDbContext db, EdgeMessage message, DateTimeOffset at) => db.EdgeLog.Add(
        new EdgeLogRow { Audience = message.Audience, Kind = message.Kind, Payload = message.Payload, At = at });

    // After SaveChanges and before the tracker is cleared: the numbers that the database gave.
    internal static long NewestIn(SiloDbContext db) =>
        db.ChangeTracker.Entries<EdgeLogRow>().Select(entry => entry.Entity.Sequence).DefaultIfEmpty().Max();

    internal void Announce(long newest)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _newest = Math.Max(_newest, newest);
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }
}
