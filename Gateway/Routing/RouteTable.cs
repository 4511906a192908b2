using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Routing;

/// <summary>
/// All that this gateway knows: zone, wanted state, targets, routes, names that lead nowhere, and when the silo was last heard. Written by the event
/// stream, heartbeats and look-ups. Safe for concurrent use.
/// </summary>
internal sealed class RouteTable(TimeProvider time)
{
    /// <summary>How long cached routes work without a silo.</summary>
    public static readonly TimeSpan WithoutSilo = TimeSpan.FromHours(1);

    /// <summary>How long a name that leads nowhere is not asked for again.</summary>
    public static readonly TimeSpan NowhereFor = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Routes kept that were only looked up. A made-up access name gets an answer like one that exists, so that strangers learn nothing; they may not fill the
    /// memory with them either.
    /// </summary>
    public const int MaxLookedUp = 4096;

    /// <summary>A silo unheard for this long counts as away: its stream says something every 5 s.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(15);

    // Deadlines come with each heartbeat, and differ by the time that the answer took; that is not worth a write.
    private static readonly TimeSpan s_sameDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromDays(366);

    // cc and gtwN; a provider has few gateways, and whoever makes up more of them only has them forgotten.
    private const int MaxWellKnown = 1024;
    private const string TenantApiTarget = "tenant-api";
    private const string TenantSiteTarget = "tenant-site";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, CachedRoute> _routes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RelayTarget> _targets = new(StringComparer.Ordinal);
    private readonly NamesNowhere _nowhere = new(time);
    private readonly Dictionary<string, string> _wellKnown = new(StringComparer.Ordinal);
    private string? _gateway;
    private ZoneNames? _zone;
    private GatewayWantedState _wanted = GatewayWantedState.Active;
    private long? _drainBy;
    private long? _heard;
    private long? _told;
    private long _sequence;
    private long _changes;

    /// <summary>Raised, outside any lock, after something that decides whether this gateway may serve changed.</summary>
    public event Action? ServiceChanged;

    /// <summary>Raised, outside any lock, with names whose live connections must end.</summary>
    public event Action<IReadOnlyList<string>>? RoutesClosed;

    /// <summary>Raised, outside any lock, with targets that are gone: what leads there must end.</summary>
    public event Action<IReadOnlyList<string>>? TargetsRemoved;

    /// <summary>Counts changes worth keeping on disk.</summary>
    public long Changes
    {
        get { lock (_lock) { return _changes; } }
    }

    /// <summary>What the silo wants this gateway to be.</summary>
    public GatewayWantedState Wanted
    {
        get { lock (_lock) { return _wanted; } }
    }

    /// <summary>How long until a drain by the provider is over, 0 when it is; null while this gateway is not drained, or has no deadline.</summary>
    public TimeSpan? DrainLeft
    {
        get { lock (_lock) { return DrainLeftAt(time.GetTimestamp()); } }
    }

    /// <summary>Routes cached, whatever their age.</summary>
    public int RouteCount
    {
        get { lock (_lock) { return _routes.Count; } }
    }

    /// <summary>How long the silo has not been heard; null when it never was.</summary>
    public TimeSpan? Silence
    {
        get { lock (_lock) { return _heard is { } heard ? time.GetElapsedTime(heard) : null; } }
    }

    /// <summary>Whether new connections can be served: a snapshot is there, it is not too old, and the silo wants it.</summary>
    public bool IsServing
    {
        get { lock (_lock) { return _zone is not null && _wanted == GatewayWantedState.Active && _heard is { } heard && time.GetElapsedTime(heard) < WithoutSilo; } }
    }

    /// <summary>The silo was heard, whatever it said.</summary>
    public void Heard()
    {
        bool wasTooLongAgo;
        lock (_lock)
        {
            wasTooLongAgo = _heard is not { } heard || time.GetElapsedTime(heard) >= WithoutSilo;
            _heard = time.GetTimestamp();
        }

        if (wasTooLongAgo)
        {
            ServiceChanged?.Invoke();
        }
    }

    /// <summary>The silo wants this gateway to be <paramref name="wanted"/>; while draining, for <paramref name="drainSecondsLeft"/> from here on (null: without end).
    /// The answer to a question, with the timestamp <paramref name="asked"/> of that, changes nothing when the silo has told something else since.</summary>
    public void SetWanted(GatewayWantedState wanted, double? drainSecondsLeft = null, long? asked = null)
    {
        lock (_lock)
        {
            if (_told > asked)
            {
                return;
            }

            _told = asked is null ? time.GetTimestamp() : _told;
            var before = (_wanted, _drainBy);
            (_wanted, _drainBy) = (wanted, DrainBy(wanted, drainSecondsLeft));
            if (before._wanted == wanted
                && (before._drainBy is { } was && _drainBy is { } by ? time.GetElapsedTime(was, by).Duration() < s_sameDeadline : before._drainBy == _drainBy))
            {
                return;
            }

            _changes++;
        }

        ServiceChanged?.Invoke();
    }

    /// <summary>Replaces all that was known. Pushed routes that are not in the snapshot were closed while the stream was broken.</summary>
    public void Replace(GatewaySnapshot snapshot)
    {
        List<string> closed, gone;
        lock (_lock)
        {
            gone = [.. _targets.Keys.Except(snapshot.Targets.Select(target => target.Id), StringComparer.Ordinal)];
            var now = snapshot.Routes.Select(route => route.ServerName).ToHashSet(StringComparer.Ordinal);
            closed = [.. _routes.Where(route => route.Value.IsPushed && !now.Contains(route.Key)).Select(route => route.Key)];
            Fill(snapshot, isPushed: true);
            _told = _heard = time.GetTimestamp();
        }

        if (closed.Count > 0)
        {
            RoutesClosed?.Invoke(closed);
        }

        if (gone.Count > 0)
        {
            TargetsRemoved?.Invoke(gone);
        }

        ServiceChanged?.Invoke();
    }

    /// <summary>Begins with what was kept on disk, <paramref name="age"/> after the silo was last heard. Nothing in it counts as pushed.</summary>
    public void Restore(GatewaySnapshot snapshot, TimeSpan age)
    {
        lock (_lock)
        {
            Fill(snapshot, isPushed: false);
            var ago = (long)(age.TotalSeconds * time.TimestampFrequency);
            _heard = time.GetTimestamp() - ago;
            _drainBy -= ago;
        }

        ServiceChanged?.Invoke();
    }

    /// <summary>All that is known, to keep on disk, as of when the silo was last heard; null before the first snapshot.</summary>
    public GatewaySnapshot? Export()
    {
        lock (_lock)
        {
            return _zone is null
                ? null
                : new GatewaySnapshot(
                    _sequence,
                    _gateway!,
                    _zone.Zone,
                    _wanted,
                    [.. _targets.Values],
                    [.. _routes.Values.Select(route => route.Route)],
                    _drainBy is { } by && _heard is { } heard ? Math.Max(0, time.GetElapsedTime(heard, by).TotalSeconds) : null);
        }
    }

    public void SetTarget(RelayTarget target)
    {
        lock (_lock)
        {
            _targets[target.Id] = target;
            _changes++;
        }
    }

    public void RemoveTarget(string id)
    {
        lock (_lock)
        {
            _targets.Remove(id);
            _changes++;
        }

        TargetsRemoved?.Invoke([id]);
    }

    /// <summary>A route was opened or refreshed.</summary>
    public void Open(GatewayRoute route)
    {
        lock (_lock)
        {
            _routes[route.ServerName] = new CachedRoute(route, IsPushed: true);
            _nowhere.Remove(route.ServerName);
            _changes++;
        }
    }

    /// <summary>A route was closed: new connections are refused, live ones end.</summary>
    public void Close(string serverName)
    {
        lock (_lock)
        {
            _routes.Remove(serverName);
            _nowhere.Add(serverName);
            _changes++;
        }

        RoutesClosed?.Invoke([serverName]);
    }

    /// <summary>Keeps the answer of a look-up that began at <paramref name="began"/>, unless the name was pushed or closed since.</summary>
    public void Learn(string serverName, GatewayRoute? route, long began)
    {
        lock (_lock)
        {
            if (route is null)
            {
                if (_routes.TryGetValue(serverName, out var known) && known.IsPushed && known.Route.Expires > time.GetUtcNow())
                {
                    // Pushed while the look-up was under way: the stream is newer.
                    return;
                }

                _routes.Remove(serverName);
                _nowhere.Add(serverName);
            }
            else if (!_nowhere.WasAddedSince(serverName, began))
            {
                _nowhere.Remove(serverName);
                _routes[serverName] = new CachedRoute(route, IsPushed: _routes.TryGetValue(serverName, out var before) && before.IsPushed) { Used = time.GetTimestamp() };
            }

            _changes++;
        }
    }

    /// <summary>A registered target, or null.</summary>
    public RelayTarget? Target(string id)
    {
        lock (_lock)
        {
            return _targets.GetValueOrDefault(id);
        }
    }

    /// <summary>What the cache knows of the route <paramref name="serverName"/>.</summary>
    public RouteFinding Find(string serverName, out GatewayRoute? route)
    {
        lock (_lock)
        {
            var finding = FindIn(serverName, out var cached);
            route = cached?.Route;
            return finding;
        }
    }

    /// <summary>What <paramref name="serverName"/> leads to by its form, and all that the cache knows of it. Allocates nothing for a name seen before.</summary>
    public ServerNameKind Look(ReadOnlySpan<char> serverName, out CachedAnswer answer)
    {
        answer = default;
        lock (_lock)
        {
            var kind = _zone?.Classify(serverName) ?? ServerNameKind.Unknown;
            var silence = _heard is { } heard ? time.GetElapsedTime(heard) : (TimeSpan?)null;
            switch (kind)
            {
                case ServerNameKind.Unknown:
                    break;
                case ServerNameKind.TenantApi or ServerNameKind.TenantSite:
                    var target = _targets.GetValueOrDefault(kind == ServerNameKind.TenantApi ? TenantApiTarget : TenantSiteTarget);
                    answer = new CachedAnswer(RouteFinding.Fresh, WellKnown(serverName), null, target, silence);
                    break;
                default:
                    var finding = FindIn(serverName, out var cached);
                    answer = cached is { Route: var route }
                        ? new CachedAnswer(finding, route.ServerName, route, _targets.GetValueOrDefault(route.Target), silence)
                        : new CachedAnswer(finding, null, null, null, silence);
                    break;
            }

            return kind;
        }
    }

    /// <summary>
    /// Forgets routes so long past their time that no silence keeps them alive, of those that were looked up the ones nobody asked for longest where there are
    /// too many, and old names that led nowhere.
    /// </summary>
    public void Sweep()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var name in _routes.Where(route => route.Value.Route.Expires + WithoutSilo < now).Select(route => route.Key).ToArray())
            {
                _routes.Remove(name);
                _changes++;
            }

            var excess = _routes.Values.Count(route => !route.IsPushed) - MaxLookedUp;
            if (excess > 0)
            {
                foreach (var (name, _) in _routes.Where(route => !route.Value.IsPushed).OrderBy(route => route.Value.Used).Take(excess).ToArray())
                {
                    _routes.Remove(name);
                    _changes++;
                }
            }

            _nowhere.Sweep();
        }
    }

    private void Fill(GatewaySnapshot snapshot, bool isPushed)
    {
        // First what can throw, so that a bad snapshot changes nothing.
        _zone = new ZoneNames(snapshot.Zone);
        _sequence = snapshot.Sequence;
        _gateway = snapshot.Gateway;
        (_wanted, _drainBy) = (snapshot.WantedState, DrainBy(snapshot.WantedState, snapshot.DrainSecondsLeft));
        _targets.Clear();
        _routes.Clear();
        _nowhere.Clear();
        foreach (var target in snapshot.Targets)
        {
            _targets[target.Id] = target;
        }

        foreach (var route in snapshot.Routes)
        {
            _routes[route.ServerName] = new CachedRoute(route, isPushed);
        }

        _changes++;
    }

    private long? DrainBy(GatewayWantedState wanted, double? secondsLeft) =>
        wanted == GatewayWantedState.Draining && secondsLeft is { } seconds && !double.IsNaN(seconds)
            ? time.GetTimestamp() + (long)(Math.Clamp(seconds, 0, s_longestDrain.TotalSeconds) * time.TimestampFrequency)
            : null;

    private TimeSpan? DrainLeftAt(long now) => _drainBy is not { } by ? null : by > now ? time.GetElapsedTime(now, by) : TimeSpan.Zero;

    private RouteFinding FindIn(ReadOnlySpan<char> serverName, out CachedRoute? cached)
    {
        if (_routes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(serverName, out cached))
        {
            cached.Used = time.GetTimestamp();
            return cached.Route.Expires > time.GetUtcNow() ? RouteFinding.Fresh : RouteFinding.Stale;
        }

        return _nowhere.Contains(serverName) ? RouteFinding.Nowhere : RouteFinding.Miss;
    }

    private string WellKnown(ReadOnlySpan<char> serverName)
    {
        if (_wellKnown.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(serverName, out var known))
        {
            return known;
        }

        if (_wellKnown.Count >= MaxWellKnown)
        {
            _wellKnown.Clear();
        }

        known = serverName.ToString();
        _wellKnown[known] = known;
        return known;
    }
}
