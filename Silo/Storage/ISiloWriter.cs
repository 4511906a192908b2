namespace Headgate.Silo.Storage;

/// <summary>
/// The process's one way to write. Works wait in a bounded queue; those that wait together are committed together, each behind a savepoint of its own,
/// so that one that fails takes nothing of the others with it.
/// </summary>
internal interface ISiloWriter
{
    /// <summary>
    /// Runs <paramref name="work"/> on a tracking context inside a transaction, saves, and returns when the commit is on disk. A work once queued is finished: the
    /// token ends only the wait for a place in the queue. It may be run more than once before its commit, so it starts from its arguments each time and tells nobody.
    /// </summary>
    /// <exception cref="UniqueConstraintException">A row of that key exists.</exception>
    /// <exception cref="CommitUnknownException">The database was lost while it committed.</exception>
    /// <exception cref="ObjectDisposedException">The silo is stopping.</exception>
    Task WriteAsync(Func<SiloDbContext, CancellationToken, Task> work, CancellationToken cancellationToken);
}
