using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Grains.Changes;

/// <summary>Reads what the writes of grains left in the table of changes.</summary>
[GrainType("change-log")]
[StatelessWorker]
internal sealed class ChangeLog(IDbContextFactory<SiloDbContext> contexts) : Grain, IChangeLog
{
    private const int MaxChanges = 500;

    public async Task<ChangeSet> ReadAsync(long after, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (after < 0)
        {
            return new ChangeSet(await NewestAsync(db, cancellationToken), true, []);
        }
        // The newest row has the newest number: where there is none at 'after' or above, the asker is ahead of this database, and of a restored one everything is news.
        var rows = await db.Changes
            .Where(row => row.Sequence >= after)
            .OrderBy(row => row.Sequence)
            .Take(MaxChanges + 2)
            .ToListAsync(cancellationToken);
        if (rows.Count == 0)
        {
            return new ChangeSet(after == 0 ? 0 : await NewestAsync(db, cancellationToken), after == 0, []);
        }
        var changes = rows.Where(row => row.Sequence > after).Select(row => new Change(row.Sequence, row.Kind, row.Key)).ToImmutableArray();
        return changes.Length > MaxChanges
            ? new ChangeSet(await NewestAsync(db, cancellationToken), false, [])
            : new ChangeSet(rows[^1].Sequence, true, changes);
    }

    private static async Task<long> NewestAsync(SiloDbContext db, CancellationToken cancellationToken) =>
        await db.Changes.MaxAsync(row => (long?)row.Sequence, cancellationToken) ?? 0;
}
