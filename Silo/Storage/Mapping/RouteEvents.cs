using Headgate.Protocol.Edge;
using Headgate.Silo.Storage.Rows;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>What gateways and repositories hear of a route.</summary>
internal static class RouteEvents
{
    public static void AppendOpened(SiloDbContext db, RouteRow route, long? bytesPerSecond, IEnumerable<string> gateways, DateTimeOffset at)
    {
        foreach (var gateway in gateways)
        {
            EdgeLog.Append(db, EdgeMessage.Of(EdgeAudience.Gateway(gateway), EdgeEventKinds.RouteOpened, EdgeRecords.GatewayRoute(route, bytesPerSecond)), at);
        }
    }

    public static void AppendGranted(SiloDbContext db, RouteRow route, DateTimeOffset at) => EdgeLog.Append(
        db, EdgeMessage.Of(EdgeAudience.Repository(route.Repository), EdgeEventKinds.GrantOpened, EdgeRecords.RunGrant(route)), at);

    public static void AppendClosed(SiloDbContext db, RouteRow route, IEnumerable<string> gateways, DateTimeOffset at)
    {
        var name = new NameReference(route.ServerName);
        EdgeLog.Append(db, EdgeMessage.Of(EdgeAudience.Repository(route.Repository), EdgeEventKinds.GrantClosed, name), at);
        foreach (var gateway in gateways)
        {
            AppendClosedAt(db, route, gateway, at);
        }
    }

    public static void AppendClosedAt(SiloDbContext db, RouteRow route, string gateway, DateTimeOffset at) =>
        EdgeLog.Append(db, EdgeMessage.Of(EdgeAudience.Gateway(gateway), EdgeEventKinds.RouteClosed, new NameReference(route.ServerName)), at);
}
