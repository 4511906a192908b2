using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Silo.Storage.Rows;

namespace Headgate.Silo.Storage;

/// <summary>Rows as the edge API's records.</summary>
internal static class EdgeRecords
{
    public static GatewayRoute GatewayRoute(RouteRow row, long? bytesPerSecond) => new(row.ServerName, row.Repository, row.Tenant, row.Expires, bytesPerSecond);

    /// <summary>No absolute end: a grant lasts until it is closed, and 15 minutes after the silo was last heard.</summary>
    public static RunGrant RunGrant(RouteRow row) => new(row.ServerName, row.Tenant, row.Connector, row.Job, row.Run, row.Rights.ToWire(), null);

    /// <summary>How long it is from <paramref name="now"/> to <paramref name="end"/>; nothing when that is over.</summary>
    public static TimeSpan Left(DateTimeOffset end, DateTimeOffset now) => end > now ? end - now : TimeSpan.Zero;

    public static AccessRights ToWire(this AccessLevel level) => level switch
    {
        AccessLevel.ReadOnly => AccessRights.ReadOnly,
        AccessLevel.AppendOnly => AccessRights.AppendOnly,
        AccessLevel.Full => AccessRights.Full,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "No such level."),
    };

    public static GatewayWantedState ToWire(this WantedState state) => state switch
    {
        WantedState.Active => GatewayWantedState.Active,
        WantedState.Draining => GatewayWantedState.Draining,
        WantedState.Disabled => GatewayWantedState.Disabled,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };
}
