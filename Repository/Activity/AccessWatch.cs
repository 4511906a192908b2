using Headgate.Repository.Access;
using Headgate.Repository.Blobs;
using Headgate.Repository.Edge;

namespace Headgate.Repository.Activity;

/// <summary>
/// Sees what stock clients with access keys do, and has the silo told: at once when a first lock is written and when the last one is gone, and each 15 s between while
/// there is traffic. Two machines with one key in one restic repository are one to it. In memory only: the snapshot reports, which are kept on disk, say the rest after a restart.
/// Safe for concurrent use.
/// </summary>
internal sealed class AccessWatch(SnapshotReporter reporter, RepositoryMetrics metrics, TimeProvider time) : BackgroundService
{
    /// <summary>How old a lock becomes that is not renewed: restic's own age of a stale one. It renews them every 5 minutes.</summary>
    public static readonly TimeSpan StaleLock = TimeSpan.FromMinutes(30);

    private const int MaxUses = 20_000;
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string Path), List<AccessUse>> _uses = [];
    private int _count;

    /// <summary>An object was stored. Answers the use that a snapshot belongs to; null when there is none.</summary>
    public AccessUse? Stored(Principal principal, in BlobKey key)
    {
        if (principal.AccessKey is not { } accessKey || key.Type is not (BlobType.Locks or BlobType.Snapshots))
        {
            return null;
        }

        var now = time.GetUtcNow();
        AccessUse? use;
        lock (_gate)
        {
            use = Find(key.Tenant, key.Path, accessKey);
            if (key.Type == BlobType.Locks)
            {
                use ??= Begin(principal, key, accessKey, now);
                use?.Locked(key.Name, now);
            }
            else
            {
                use?.Wrote(key.Name, now);
            }
        }

        Queue(use);
        return use;
    }

    /// <summary>An object was deleted.</summary>
    public void Deleted(Principal principal, in BlobKey key)
    {
        var now = time.GetUtcNow();
        if (key.Type == BlobType.Locks)
        {
            Queue(Unlocked(key, now));
        }
        else if (key.Type == BlobType.Snapshots && principal.AccessKey is { } accessKey)
        {
            lock (_gate)
            {
                Find(key.Tenant, key.Path, accessKey)?.Deleted(key.Name, now);
            }
        }
    }

    /// <summary>A request was served.</summary>
    public void Served(Principal principal, ClientConnection connection, string path, long bytesUp, long bytesDown)
    {
        if (principal.AccessKey is not { } accessKey)
        {
            return;
        }

        AccessUse? use;
        lock (_gate)
        {
            use = Find(principal.Tenant, path, accessKey);
        }

        use?.Moved(connection.Gateway, connection.Id, bytesUp, bytesDown, time.GetUtcNow());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Look()
    {
        var stale = time.GetUtcNow() - StaleLock;
        AccessUse[] all;
        lock (_gate)
        {
            all = [.. _uses.Values.SelectMany(uses => uses)];
            foreach (var (place, uses) in _uses.ToArray())
            {
                foreach (var over in uses.Where(use => use.Forget(stale)).ToArray())
                {
                    Remove(place, uses, over);
                }
            }
        }

        Array.ForEach(all, Queue);
    }

    private AccessUse? Find(string tenant, string path, string accessKey) =>
        _uses.TryGetValue((tenant, path), out var uses) ? uses.Find(use => use.AccessKey == accessKey) : null;

    private AccessUse? Begin(Principal principal, in BlobKey key, string accessKey, DateTimeOffset now)
    {
        if (_count == MaxUses)
        {
            metrics.EdgeFailed("activity-not-watched");
            return null;
        }

        if (!_uses.TryGetValue((key.Tenant, key.Path), out var uses))
        {
            _uses[(key.Tenant, key.Path)] = uses = [];
        }

        var use = new AccessUse(principal.ServerName, accessKey, key.Path, Guid.NewGuid().ToString("N"), now);
        uses.Add(use);
        _count++;
        return use;
    }

    // Whoever deletes it: 'restic unlock' removes those of others too.
    private AccessUse? Unlocked(in BlobKey key, DateTimeOffset now)
    {
        lock (_gate)
        {
            var place = (key.Tenant, key.Path);
            if (!_uses.TryGetValue(place, out var uses))
            {
                return null;
            }

            var name = key.Name;
            var over = uses.Find(use => use.Unlocked(name, now));
            if (over is not null)
            {
                Remove(place, uses, over);
            }

            return over;
        }
    }

    private void Remove((string Tenant, string Path) place, List<AccessUse> uses, AccessUse over)
    {
        uses.Remove(over);
        _count--;
        if (uses.Count == 0)
        {
            _uses.Remove(place);
        }
    }

    private void Queue(AccessUse? use)
    {
        if (use?.TryQueue() is true)
        {
            reporter.Report(use);
        }
    }
}
