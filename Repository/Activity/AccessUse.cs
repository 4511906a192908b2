using Headgate.Protocol.Edge;
using Headgate.Protocol.Tenant;

namespace Headgate.Repository.Activity;

/// <summary>What one access key does in one restic repository, from its first lock until its last is gone. Guarded by its own lock.</summary>
internal sealed class AccessUse(string serverName, string accessKey, string path, string id, DateTimeOffset began)
{
    private const int MaxNames = 1000;
    private const int MaxGateways = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _locks = [];
    private readonly HashSet<string> _written = [];
    private readonly Dictionary<string, Carried> _gateways = [];
    private readonly List<string> _order = [];
    private DateTimeOffset _seen = began;
    private AccessPhase _phase = AccessPhase.Active;
    private string? _snapshot;
    private int _deleted;
    private bool _isQueued;
    private bool _isChanged;

    /// <summary>Its id: 32 hex digits.</summary>
    public string Id => id;

    /// <summary>When its first lock was written.</summary>
    public DateTimeOffset Began { get; } = began;

    /// <summary>The key.</summary>
    public string AccessKey => accessKey;

    /// <summary>A lock was written.</summary>
    public void Locked(string name, DateTimeOffset now) => Change(now, () => _locks[name] = now);

    /// <summary>A snapshot was written. The same one again, after an answer that was lost, counts once.</summary>
    public void Wrote(string snapshot, DateTimeOffset now) => Change(now, () =>
    {
        _snapshot = snapshot;
        if (_written.Count < MaxNames)
        {
            _written.Add(snapshot);
        }
    });

    /// <summary>A snapshot was deleted. One that it wrote itself is taken back: restic deletes what it could not save for sure, and sends it again.</summary>
    public void Deleted(string snapshot, DateTimeOffset now) => Change(now, () =>
    {
        if (!_written.Remove(snapshot))
        {
            _deleted++;
        }
        else if (_snapshot == snapshot)
        {
            _snapshot = null;
        }
    });

    /// <summary>Bytes went over a gateway.</summary>
    public void Moved(string gateway, string connection, long up, long down, DateTimeOffset now) => Change(now, () =>
    {
        if (!_gateways.TryGetValue(gateway, out var carried))
        {
            if (_order.Count == MaxGateways)
            {
                return;
            }

            _gateways[gateway] = carried = new Carried();
            _order.Add(gateway);
        }

        carried.Add(connection, up, down);
    });

    /// <summary>A lock was deleted, by whomever; true when it was the last one, and this is over.</summary>
    public bool Unlocked(string name, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_locks.Remove(name) || _locks.Count > 0)
            {
                return false;
            }

            (_phase, _seen, _isChanged) = (AccessPhase.Ended, now, true);
            return true;
        }
    }

    /// <summary>Locks written before <paramref name="stale"/> are nobody's; true when none is left, and this is over.</summary>
    public bool Forget(DateTimeOffset stale)
    {
        lock (_gate)
        {
            foreach (var name in _locks.Where(known => known.Value < stale).Select(known => known.Key).ToArray())
            {
                _locks.Remove(name);
            }

            if (_locks.Count > 0 || _phase != AccessPhase.Active)
            {
                return false;
            }

            (_phase, _isChanged) = (AccessPhase.Abandoned, true);
            return true;
        }
    }

    /// <summary>Whether there is something to tell that is not queued yet; from then on it is.</summary>
    public bool TryQueue()
    {
        lock (_gate)
        {
            if (_isQueued || !_isChanged)
            {
                return false;
            }

            return _isQueued = true;
        }
    }

    /// <summary>What is known of it, to be sent.</summary>
    public AccessReport Take()
    {
        lock (_gate)
        {
            (_isQueued, _isChanged) = (false, false);
            var gateways = _order.Select(gateway => new PathEntry(gateway, _gateways[gateway].Connections, _gateways[gateway].Up, _gateways[gateway].Down));
            return new AccessReport(serverName, accessKey, path, id, Began, _seen, _phase, _snapshot, _written.Count, _deleted, [.. gateways]);
        }
    }

    private void Change(DateTimeOffset now, Action change)
    {
        lock (_gate)
        {
            change();
            _isChanged = true;
            _seen = now > _seen ? now : _seen;
        }
    }

    private sealed class Carried
    {
        private const int MaxConnections = 4096;
        private readonly HashSet<string> _connections = [];

        public long Connections => _connections.Count;

        public long Up { get; private set; }

        public long Down { get; private set; }

        public void Add(string connection, long up, long down)
        {
            if (_connections.Count < MaxConnections)
            {
                _connections.Add(connection);
            }

            (Up, Down) = (Up + up, Down + down);
        }
    }
}
