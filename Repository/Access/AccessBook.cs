using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Headgate.Protocol.Edge;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Access;

/// <summary>
/// What the silo told: gateways to believe, grants, accesses; quotas go on to the <see cref="QuotaBook"/>. Applying an event that takes
/// something away ends the live connections that stood on it. Events are applied by one caller at a time; reads are safe at any time.
/// </summary>
internal sealed partial class AccessBook(
    ConnectionRegistry connections,
    QuotaBook quotas,
    RecountLoop recounts,
    RepositoryOptions options,
    TimeProvider time,
    ILogger<AccessBook> logger)
{
    private const int MaxTombstones = 10_000;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, byte[]> _gateways = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RunGrant> _grants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AccessGrant> _accesses = new(StringComparer.Ordinal);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heard = time.GetTimestamp();
    private long _generation;

    /// <summary>Done when the first snapshot was applied.</summary>
    public Task Ready => _ready.Task;

    /// <summary>How long the silo has not been heard.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Whether the silo was heard recently enough for grants and accesses to hold.</summary>
    public bool IsHeard => Silence <= options.SilenceTimeout;

    /// <summary>Counts how often closings were forgotten, as with each snapshot; see <see cref="TryAdd"/>.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>Any sign of life from the silo.</summary>
    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    /// <summary>The MAC key of a gateway, or null when it is not to be believed.</summary>
    public byte[]? KeyOf(string gateway) => _gateways.GetValueOrDefault(gateway);

    /// <summary>The grant behind an <c>r-</c> name.</summary>
    public RunGrant? Grant(string serverName) => _grants.GetValueOrDefault(serverName);

    /// <summary>The access behind an <c>a-</c> name.</summary>
    public AccessGrant? Access(string serverName) => _accesses.GetValueOrDefault(serverName);

    /// <summary>Whether the grant's own end has come.</summary>
    public bool HasExpired(RunGrant grant) => grant.Expires is { } end && time.GetUtcNow() >= end;

    /// <summary>
    /// Takes a grant that was asked for because a connection was faster than the stream. Not when it was closed, or may have been, since
    /// <paramref name="generation"/> was read: an answer under way must not bring back what was closed meanwhile.
    /// </summary>
    public bool TryAdd(RunGrant grant, long generation)
    {
        lock (_gate)
        {
            if (_closed.Contains(grant.ServerName) || _generation != generation)
            {
                return _grants.ContainsKey(grant.ServerName);
            }

            _grants[grant.ServerName] = grant;
            return true;
        }
    }

    /// <summary>Applies one event of the stream; kinds that are not known are skipped.</summary>
    /// <exception cref="System.Text.Json.JsonException">The event is not what its kind says.</exception>
    public void Apply(EdgeEvent change)
    {
        Heard();
        lock (_gate)
        {
            switch (change.Kind)
            {
                case EdgeEventKinds.Snapshot:
                    Replace(change.Read<RepositorySnapshot>());
                    break;
                case EdgeEventKinds.GatewayChanged:
                    Change(change.Read<GatewayKey>());
                    break;
                case EdgeEventKinds.GatewayRemoved:
                    Remove(change.Read<NameReference>().Id, _gateways, (c, id) => c.Gateway == id, ConnectionEnd.GatewayRemoved);
                    break;
                case EdgeEventKinds.GrantOpened:
                    Change(change.Read<RunGrant>());
                    break;
                case EdgeEventKinds.GrantClosed:
                    var route = change.Read<NameReference>().Id;
                    Bury(route);
                    Remove(route, _grants, (c, id) => c.ServerName == id, ConnectionEnd.GrantClosed);
                    break;
                case EdgeEventKinds.AccessChanged:
                    Change(change.Read<AccessGrant>());
                    break;
                case EdgeEventKinds.AccessClosed:
                    Remove(change.Read<NameReference>().Id, _accesses, (c, id) => c.ServerName == id, ConnectionEnd.AccessClosed);
                    break;
                case EdgeEventKinds.QuotaChanged:
                    quotas.Apply(change.Read<TenantQuota>());
                    break;
                case EdgeEventKinds.QuotaRemoved:
                    quotas.Of(change.Read<NameReference>().Id).SetLimit(null);
                    break;
                case EdgeEventKinds.RecountWanted:
                    recounts.Ask(change.Read<RecountWanted>().Tenant);
                    break;
                default:
                    if (change.Kind.Length > 0)
                    {
                        LogSkipped(change.Kind);
                    }

                    break;
            }
        }
    }

    /// <summary>
    /// Ends requests whose grant ended while they run, and sessions that wait for their peer. Idle connections are left: their next request gets the
    /// sentence.
    /// </summary>
    public void EndExpired() => connections.EndWhere(
        connection => (Volatile.Read(ref connection.Requests) > 0 || connection.IsSuspended)
            && connection.Counter is not null
            && (!IsHeard || (Grant(connection.ServerName) is { } grant && HasExpired(grant))),
        ConnectionEnd.GrantExpired);

    /// <summary>The key's entry in an access, or null.</summary>
    public static bool TryFindKey(AccessGrant? access, string key, [NotNullWhen(true)] out AccessKeyGrant? found)
    {
        found = access?.Keys.FirstOrDefault(candidate => candidate.Key == key);
        return found is not null;
    }

    private void Replace(RepositorySnapshot snapshot)
    {
        _generation++;
        _closed.Clear();
        Retain(_gateways, snapshot.Gateways.Select(gateway => gateway.Gateway));
        Retain(_grants, snapshot.Grants.Select(grant => grant.ServerName));
        Retain(_accesses, snapshot.Accesses.Select(access => access.ServerName));
        quotas.Replace(snapshot.Quotas);
        foreach (var grant in snapshot.Grants)
        {
            Change(grant);
        }

        foreach (var access in snapshot.Accesses)
        {
            Change(access);
        }

        // Last: from here on connections come, and nobody with a right key may be told that it is wrong.
        foreach (var gateway in snapshot.Gateways)
        {
            Change(gateway);
        }

        connections.EndWhere(c => !_gateways.ContainsKey(c.Gateway), ConnectionEnd.GatewayRemoved);
        connections.EndWhere(c => c.Connector is not null && !_grants.ContainsKey(c.ServerName), ConnectionEnd.GrantClosed);
        connections.EndWhere(c => c.Keys.Count > 0 && !_accesses.ContainsKey(c.ServerName), ConnectionEnd.AccessClosed);
        LogSnapshot(snapshot.Sequence, snapshot.Gateways.Count, snapshot.Grants.Count, snapshot.Accesses.Count, snapshot.Quotas.Count);
        _ready.TrySetResult();
    }

    private void Change(GatewayKey gateway)
    {
        var before = _gateways.GetValueOrDefault(gateway.Gateway);
        _gateways[gateway.Gateway] = gateway.ProxyKey;
        if (before is not null && !before.AsSpan().SequenceEqual(gateway.ProxyKey))
        {
            connections.EndWhere(c => c.Gateway == gateway.Gateway, ConnectionEnd.GatewayRemoved);
        }
    }

    private void Change(RunGrant grant)
    {
        var before = _grants.GetValueOrDefault(grant.ServerName);
        _closed.Remove(grant.ServerName);
        _grants[grant.ServerName] = grant;
        if (before is not null && (before.Tenant != grant.Tenant || before.Connector != grant.Connector))
        {
            connections.EndWhere(c => c.ServerName == grant.ServerName, ConnectionEnd.GrantClosed);
        }
    }

    private void Change(AccessGrant access)
    {
        var before = _accesses.GetValueOrDefault(access.ServerName);
        _accesses[access.ServerName] = access;
        connections.EndWhere(
            c => c.ServerName == access.ServerName && c.Keys.Any(key => before?.Tenant != access.Tenant || !IsUnchanged(before, access, key)),
            ConnectionEnd.AccessClosed);

        static bool IsUnchanged(AccessGrant? before, AccessGrant after, string key) =>
            TryFindKey(before, key, out var was)
            && TryFindKey(after, key, out var now)
            && was.SecretSha256.AsSpan().SequenceEqual(now.SecretSha256);
    }

    private void Bury(string route)
    {
        if (_closed.Count >= MaxTombstones)
        {
            // A look-up lasts 3 s at most, and the generation alone refuses those that began before.
            _generation++;
            _closed.Clear();
        }

        _closed.Add(route);
    }

    private void Remove<T>(string id, ConcurrentDictionary<string, T> from, Func<ClientConnection, string, bool> uses, ConnectionEnd reason)
    {
        from.TryRemove(id, out _);
        connections.EndWhere(connection => uses(connection, id), reason);
    }

    private static void Retain<T>(ConcurrentDictionary<string, T> state, IEnumerable<string> names)
    {
        var keep = names.ToHashSet(StringComparer.Ordinal);
        foreach (var name in state.Keys)
        {
            if (!keep.Contains(name))
            {
                state.TryRemove(name, out _);
            }
        }
    }

    [LoggerMessage(211, LogLevel.Information,
        "The silo's state as of {Sequence}: {Gateways} gateways, {Grants} grants, {Accesses} accesses, {Quotas} quotas")]
    private partial void LogSnapshot(long sequence, int gateways, int grants, int accesses, int quotas);

    [LoggerMessage(212, LogLevel.Debug, "An event of the unknown kind {Kind} was skipped")]
    private partial void LogSkipped(string kind);
}
