using System.Collections.Concurrent;
using Headgate.Gateway.Limits;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Routing;

/// <summary>
/// Leads a server name to a target: by the cache, or by asking the silo, one question at a time for each name. With the silo away, routes past their
/// time go on for up to <see cref="RouteTable.WithoutSilo"/> since it was last heard; the repository decides on each connection anyway.
/// </summary>
internal sealed class RouteResolver(
    RouteTable table, ISilo silo, UnknownNameLimiter limiter, GatewayMetrics metrics, TimeProvider time, ILogger<RouteResolver> log,
    TimeSpan? lookUpTimeout = null)
{
    /// <summary>For one look-up, unless the constructor was told otherwise.</summary>
    public static readonly TimeSpan LookUpTimeout = TimeSpan.FromSeconds(3);

    private readonly TimeSpan _lookUpTimeout = lookUpTimeout ?? LookUpTimeout;
    private readonly ConcurrentDictionary<string, Lazy<Task<LookUp>>> _lookUps = new(StringComparer.Ordinal);

    private enum LookUp
    {
        Answered,
        Unreachable,
    }

    /// <summary>
    /// Where <paramref name="serverName"/> leads, for a connection from <paramref name="source"/>. Completes at once, and allocates nothing, for all that
    /// needs no question to the silo.
    /// </summary>
    public ValueTask<RouteAnswer> ResolveAsync(string serverName, SourceKey source, CancellationToken cancellationToken) =>
        TryResolve(serverName, source, out var answer) ? new ValueTask<RouteAnswer>(answer) : AskedAsync(serverName, source, cancellationToken);

    /// <summary>
    /// Where <paramref name="serverName"/> leads when that needs no question to the silo; false when it does (then <see cref="ResolveAsync"/> asks it, and
    /// has counted nothing twice). Allocates nothing; takes one lock, for two dictionary look-ups.
    /// </summary>
    public bool TryResolve(ReadOnlySpan<char> serverName, SourceKey source, out RouteAnswer answer)
    {
        switch (table.Look(serverName, out var cached))
        {
            case ServerNameKind.TenantApi:
                answer = To(cached, Refusal.TargetUnknown);
                return true;
            case ServerNameKind.TenantSite:
                answer = To(cached, Refusal.UnknownName);
                return true;
            case ServerNameKind.Unknown:
                answer = Refusal.UnknownName;
                return true;
            default:
                break;
        }

        switch (cached.Finding)
        {
            case RouteFinding.Fresh:
                answer = To(cached, Refusal.TargetUnknown);
                return true;
            case RouteFinding.Nowhere:
                answer = Refusal.UnknownName;
                return true;
            case RouteFinding.Stale when cached.Silence > RouteTable.AwayAfter:
                answer = WithoutSilo(cached);
                return true;
            case RouteFinding.Miss when limiter.IsHeldOff(source):
                answer = Refusal.UnknownNameRate;
                return true;
            default:
                answer = default;
                return false;
        }
    }

    /// <summary>Whether that target is registered still.</summary>
    public bool Leads(string target) => table.Target(target) is not null;

    private async ValueTask<RouteAnswer> AskedAsync(string serverName, SourceKey source, CancellationToken cancellationToken)
    {
        table.Look(serverName, out var before);
        if (before.Finding == RouteFinding.Miss && !limiter.TryTake(source))
        {
            return Refusal.UnknownNameRate;
        }

        var outcome = await AskOnceAsync(serverName).WaitAsync(cancellationToken);
        table.Look(serverName, out var after);
        var known = outcome == LookUp.Answered && after.Finding == RouteFinding.Fresh;
        if (before.Finding == RouteFinding.Miss && (known || outcome == LookUp.Unreachable))
        {
            limiter.GiveBack(source);
        }

        if (known)
        {
            return To(after, Refusal.TargetUnknown);
        }

        return outcome == LookUp.Answered ? Refusal.UnknownName : before.Route is null ? Refusal.SiloUnreachable : WithoutSilo(before);
    }

    private static RouteAnswer To(in CachedAnswer cached, Refusal otherwise) => cached.Target is { } target
        ? new RouteAnswer(target, default, cached.ServerName, cached.Route?.Tenant, cached.Route?.BytesPerSecond)
        : otherwise;

    private RouteAnswer WithoutSilo(in CachedAnswer cached) =>
        table.Silence < RouteTable.WithoutSilo && cached.Route!.Expires + RouteTable.WithoutSilo > time.GetUtcNow()
            ? To(cached, Refusal.TargetUnknown)
            : Refusal.SiloUnreachable;

    /// <summary>Joins the look-up of this name that is under way, or begins one. It is nobody's own, so no caller's token ends it.</summary>
    private Task<LookUp> AskOnceAsync(string serverName) =>
        _lookUps.GetOrAdd(serverName, name => new Lazy<Task<LookUp>>(() => AskAsync(name))).Value;

    private async Task<LookUp> AskAsync(string serverName)
    {
        // The entry's lock is held until here; nobody who joins should wait for it while the request is built.
        await Task.Yield();
        using var deadline = new CancellationTokenSource(_lookUpTimeout, time);
        try
        {
            var began = time.GetTimestamp();
            var route = await silo.LookUpAsync(serverName, deadline.Token);
            table.Heard();
            if (route is not null && route.ServerName != serverName)
            {
                throw new HttpRequestException("The silo answered for another name than it was asked for.");
            }

            table.Learn(serverName, route, began);
            metrics.LookedUp(route is null ? "nowhere" : "found");
            return LookUp.Answered;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ProblemException or OperationCanceledException or ObjectDisposedException)
        {
            metrics.LookedUp("failed");
            GatewayLog.LookUpFailed(log, e.Message);
            return LookUp.Unreachable;
        }
        finally
        {
            _lookUps.TryRemove(serverName, out _);
        }
    }
}
