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
    RouteTable table, ISilo silo, UnknownNameLimiter limiter, GatewayMetrics metrics, TimeProvider time, ILogger<RouteResolver> log)
{
    /// <summary>For one look-up.</summary>
    public static readonly TimeSpan LookUpTimeout = TimeSpan.FromSeconds(3);

    private const string TenantApiTarget = "tenant-api";
    private const string TenantSiteTarget = "tenant-site";

    private readonly ConcurrentDictionary<string, Lazy<Task<LookUp>>> _lookUps = new(StringComparer.Ordinal);

    private enum LookUp
    {
        Answered,
        Unreachable,
    }

    /// <summary>Where <paramref name="serverName"/> leads, for a connection from <paramref name="source"/>.</summary>
    public async ValueTask<RouteAnswer> ResolveAsync(string serverName, SourceKey source, CancellationToken cancellationToken)
    {
        switch (table.Classify(serverName))
        {
            case ServerNameKind.TenantApi:
                return To(TenantApiTarget, Refusal.TargetUnknown);
            case ServerNameKind.TenantSite:
                return To(TenantSiteTarget, Refusal.UnknownName);
            case ServerNameKind.Unknown:
                return Refusal.UnknownName;
            default:
                return await ResolveRouteAsync(serverName, source, cancellationToken);
        }
    }

    /// <summary>Whether that target is registered still.</summary>
    public bool Leads(string target) => table.Target(target) is not null;

    private async ValueTask<RouteAnswer> ResolveRouteAsync(string serverName, SourceKey source, CancellationToken cancellationToken)
    {
        var finding = table.Find(serverName, out var route);
        switch (finding)
        {
            case RouteFinding.Fresh:
                return To(route!.Target, Refusal.TargetUnknown);
            case RouteFinding.Nowhere:
                return Refusal.UnknownName;
            case RouteFinding.Stale when table.Silence > RouteTable.AwayAfter:
                return WithoutSilo(route!);
            case RouteFinding.Miss when !limiter.TryTake(source):
                return Refusal.UnknownNameRate;
            default:
                break;
        }

        var outcome = await AskOnceAsync(serverName).WaitAsync(cancellationToken);
        var after = table.Find(serverName, out var answered);
        var known = outcome == LookUp.Answered && after == RouteFinding.Fresh;
        if (finding == RouteFinding.Miss && (known || outcome == LookUp.Unreachable))
        {
            limiter.GiveBack(source);
        }

        if (known)
        {
            return To(answered!.Target, Refusal.TargetUnknown);
        }

        return outcome == LookUp.Answered ? Refusal.UnknownName : route is null ? Refusal.SiloUnreachable : WithoutSilo(route);
    }

    private RouteAnswer To(string target, Refusal otherwise) =>
        table.Target(target) is { } found ? new RouteAnswer(found, default) : otherwise;

    private RouteAnswer WithoutSilo(GatewayRoute route) =>
        table.Silence < RouteTable.WithoutSilo && route.Expires + RouteTable.WithoutSilo > time.GetUtcNow()
            ? To(route.Target, Refusal.TargetUnknown)
            : Refusal.SiloUnreachable;

    /// <summary>Joins the look-up of this name that is under way, or begins one. It is nobody's own, so no caller's token ends it.</summary>
    private Task<LookUp> AskOnceAsync(string serverName) =>
        _lookUps.GetOrAdd(serverName, name => new Lazy<Task<LookUp>>(() => AskAsync(name))).Value;

    private async Task<LookUp> AskAsync(string serverName)
    {
        // The entry's lock is held until here; nobody who joins should wait for it while the request is built.
        await Task.Yield();
        using var deadline = new CancellationTokenSource(LookUpTimeout, time);
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
