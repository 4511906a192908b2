using System.Collections.Concurrent;

namespace Headgate.Repository.Quota;

/// <summary>
/// Who is pruning. A full restic repository shrinks only by <c>prune</c>, and prune writes before it deletes: what is still wanted of old
/// packs goes into new ones, then the index is written anew, and only then are the old files deleted. So a full quota needs room for
/// prune that backups cannot take.
/// </summary>
/// <remarks>
/// <para>
/// Locks are encrypted, so that a prune's exclusive lock looks like any other. What tells prune (and <c>rebuild-index</c>) from a backup is
/// that it lists <c>data/</c> while it holds the only lock: a backup never lists <c>data/</c>, and two clients that both hold a lock
/// are not pruning. That opens a window for this client (route, or access key; with full rights, for
/// who cannot delete does not prune) and this restic repository. It closes with the last lock, or
/// when the client was not seen for 30 minutes (restic's own age of a stale lock).
/// </para>
/// <para>
/// In the window <c>data/</c> and <c>index/</c> may pass the limit by the allowance. <c>snapshots/</c>, <c>keys/</c> and <c>config</c> never
/// may: a client that lists <c>data/</c> only to get more room cannot finish a backup with it.
/// </para>
/// </remarks>
internal sealed class MaintenanceWindows(TimeProvider time)
{
    /// <summary>How long a window outlives its client's last request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<(string Tenant, string Path), (string Client, long Seen)> _windows = new();

    /// <summary>The client listed <c>data/</c> while there were <paramref name="locks"/> locks.</summary>
    public void DataListed(string tenant, string path, string client, int locks)
    {
        if (locks == 1)
        {
            _windows[(tenant, path)] = (client, time.GetTimestamp());
        }
    }

    /// <summary>A lock was deleted; <paramref name="locks"/> are left.</summary>
    public void LockDeleted(string tenant, string path, int locks)
    {
        if (locks == 0)
        {
            _windows.TryRemove((tenant, path), out _);
        }
    }

    /// <summary>The client was seen: its window lives on.</summary>
    public void Touch(string tenant, string path, string client)
    {
        if (_windows.TryGetValue((tenant, path), out var window) && window.Client == client && !IsOver(window))
        {
            _windows.TryUpdate((tenant, path), (client, time.GetTimestamp()), window);
        }
    }

    /// <summary>Whether this client is pruning.</summary>
    public bool IsOpen(string tenant, string path, string client) =>
        _windows.TryGetValue((tenant, path), out var window) && window.Client == client && !IsOver(window);

    /// <summary>Lets go of windows that are over.</summary>
    public void Sweep()
    {
        foreach (var (place, window) in _windows)
        {
            if (IsOver(window))
            {
                _windows.TryRemove(new(place, window));
            }
        }
    }

    private bool IsOver((string Client, long Seen) window) => time.GetElapsedTime(window.Seen) > IdleTimeout;
}
