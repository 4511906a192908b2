using System.Collections.Concurrent;

namespace Headgate.Repository.Blobs;

/// <summary>
/// Which objects were committed since the oldest live connection was accepted, and by whom. restic sends DELETE after a save that failed
/// for it, even one that was committed here, and posts again; a DELETE held up in a dying gateway can arrive after the new post. It
/// came in on a connection accepted before that post, and so is told from a wanted one.
/// </summary>
/// <remarks>
/// Order is a counter, not a clock: accepts and commits draw from it. Nothing is kept across a restart, because every connection of the new
/// process is accepted after every commit of the old one. Safe for concurrent use.
/// </remarks>
internal sealed class RecentCommits
{
    private readonly ConcurrentDictionary<BlobKey, (long Order, string Connection)> _commits = new();
    private long _order;

    /// <summary>Entries kept; for the metric and tests.</summary>
    public int Count => _commits.Count;

    /// <summary>The next place in the order.</summary>
    public long Next() => Interlocked.Increment(ref _order);

    /// <summary>The object was committed (again), by <paramref name="connection"/>.</summary>
    public void Committed(in BlobKey key, string connection) => _commits[key] = (Next(), connection);

    /// <summary>The object is gone.</summary>
    public void Deleted(in BlobKey key) => _commits.TryRemove(key, out _);

    /// <summary>Whether the object was committed by another connection after <paramref name="connection"/> was accepted.</summary>
    public bool IsNewerThan(in BlobKey key, long accepted, string connection) =>
        _commits.TryGetValue(key, out var commit) && commit.Order > accepted && commit.Connection != connection;

    /// <summary>Forgets what no live connection is older than.</summary>
    /// <param name="oldestAccepted">The oldest live connection's place in the order; <see cref="long.MaxValue"/> when there is none.</param>
    public void Forget(long oldestAccepted)
    {
        foreach (var (key, commit) in _commits)
        {
            if (commit.Order < oldestAccepted)
            {
                _commits.TryRemove(new(key, commit));
            }
        }
    }
}
