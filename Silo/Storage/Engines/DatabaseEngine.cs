using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Headgate.Silo.Storage.Engines;

/// <summary>
/// All that differs between databases; whoever reads or writes asks for the engine of their context and knows no provider. Stateless.
/// </summary>
internal abstract class DatabaseEngine
{
    /// <summary>As people call it, such as <c>PostgreSQL</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The engine that <paramref name="db"/> runs on.</summary>
    public static DatabaseEngine Of(DbContext db) => db.Database.IsNpgsql() ? PostgreSqlEngine.Instance : SqliteEngine.Instance;

    /// <summary>Whether any engine's error in <paramref name="exception"/> says that there is no room for what was to be written.</summary>
    public static bool SaysFull(Exception exception) => SqliteEngine.Instance.IsFull(exception) || PostgreSqlEngine.Instance.IsFull(exception);

    /// <summary>Sets contexts up to reach <paramref name="location"/>.</summary>
    public abstract void Configure(DbContextOptionsBuilder builder, DatabaseLocation location);

    /// <summary>Sees to it that the database can be served from, before its tables are looked at.</summary>
    /// <exception cref="DatabaseUnusableException">It cannot; the message says why and what to do.</exception>
    public abstract Task PrepareAsync(SiloDbContext db, DatabaseLocation location, CancellationToken cancellationToken);

    /// <summary>Removes what a process that ended in the middle of a migration left in everybody's way, if it is older than <paramref name="before"/>.</summary>
    /// <returns>Whether there was something.</returns>
    public abstract Task<bool> DropAbandonedLockAsync(SiloDbContext db, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>A transaction for reading: all queries see one moment, and no lock is taken.</summary>
    public abstract Task<IDbContextTransaction> BeginReadAsync(SiloDbContext db, CancellationToken cancellationToken);

    /// <summary>
    /// A transaction for writing. Transactions that write are serial, over all processes on the database: what one of them has read is true until it commits, and
    /// numbers that it draws become visible in their order.
    /// </summary>
    public abstract Task<IDbContextTransaction> BeginWriteAsync(SiloDbContext db, CancellationToken cancellationToken);

    /// <summary>Opens the connection and sees to it that <c>lower()</c> folds every script.</summary>
    public abstract Task OpenForTextAsync(SiloDbContext db, CancellationToken cancellationToken);

    /// <summary>
    /// Gives each thing the next sequence number of the table <c>change</c>: one statement for all works of a transaction, because one for each would cost the
    /// lightest writes a fifth of their rate (measured). Writers are serial, so the numbers above the newest are taken by nobody else, and a reader who has seen a
    /// number has seen all lower ones. Rows are never deleted, so numbers never fall.
    /// </summary>
    public abstract Task WriteChangesAsync(SiloDbContext db, IReadOnlyList<(SubjectKind Kind, string Key)> changed, CancellationToken cancellationToken);

    /// <summary>The highest number that the database ever gave in an identity column; 0 for none. The rows that had it may be gone.</summary>
    public abstract Task<long> ReadNumberAsync(SiloDbContext db, string table, string column, CancellationToken cancellationToken);

    /// <summary>The database goes on above <paramref name="number"/> in an identity column.</summary>
    public abstract Task SetNumberAsync(SiloDbContext db, string table, string column, long number, CancellationToken cancellationToken);

    /// <summary><see cref="UniqueConstraintException"/> when <paramref name="exception"/> is about a broken unique constraint, else itself.</summary>
    public abstract Exception Translate(SiloDbContext db, Exception exception);

    /// <summary>
    /// Whether a transaction that failed so <em>before its commit was sent</em> may succeed when it is made again from its beginning: the connection was lost, the
    /// server restarts, somebody else's lock was in the way.
    /// </summary>
    public abstract bool IsTransient(Exception exception);

    /// <summary>Whether <paramref name="exception"/> says that there is no room for what was to be written.</summary>
    public abstract bool IsFull(Exception exception);

    /// <summary>Whether nobody can know if a commit that failed so has happened: the connection ended after it was sent.</summary>
    public abstract bool LeavesCommitUnknown(Exception exception);
}
