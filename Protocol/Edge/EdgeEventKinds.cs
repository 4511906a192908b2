namespace Headgate.Protocol.Edge;

/// <summary>The <c>event:</c> names of the edge stream. Unknown ones are skipped, so that a newer silo may send more.</summary>
public static class EdgeEventKinds
{
    /// <summary>Everything at once: <see cref="GatewaySnapshot"/> or <see cref="RepositorySnapshot"/>. Replaces what was known.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>To gateways, <see cref="RelayTarget"/>: a target is new or moved.</summary>
    public const string TargetChanged = "target-changed";

    /// <summary>To gateways, <see cref="NameReference"/> with the target's id: it is gone.</summary>
    public const string TargetRemoved = "target-removed";

    /// <summary>To gateways, <see cref="GatewayRoute"/>.</summary>
    public const string RouteOpened = "route-opened";

    /// <summary>To gateways, <see cref="NameReference"/> with the server name: refuse new connections and end live ones.</summary>
    public const string RouteClosed = "route-closed";

    /// <summary>To gateways, <see cref="WantedStateChange"/>.</summary>
    public const string WantedState = "wanted-state";

    /// <summary>To repositories, <see cref="GatewayKey"/>: a gateway whose PROXY headers are to be believed.</summary>
    public const string GatewayChanged = "gateway-changed";

    /// <summary>To repositories, <see cref="NameReference"/> with the gateway's id: believe it no longer, end what came through it.</summary>
    public const string GatewayRemoved = "gateway-removed";

    /// <summary>To repositories, <see cref="RunGrant"/>.</summary>
    public const string GrantOpened = "grant-opened";

    /// <summary>To repositories, <see cref="NameReference"/> with the server name: end live connections within 5 s.</summary>
    public const string GrantClosed = "grant-closed";

    /// <summary>To repositories, <see cref="AccessGrant"/>: a tenant's agentless access is new or changed; keys missing from it are revoked.</summary>
    public const string AccessChanged = "access-changed";

    /// <summary>To repositories, <see cref="NameReference"/> with the server name: end live connections within 5 s.</summary>
    public const string AccessClosed = "access-closed";

    /// <summary>To repositories, <see cref="TenantQuota"/>.</summary>
    public const string QuotaChanged = "quota-changed";

    /// <summary>To repositories, <see cref="NameReference"/> with the tenant: it has no quota here any more.</summary>
    public const string QuotaRemoved = "quota-removed";

    /// <summary>To repositories, <see cref="Edge.RecountWanted"/>.</summary>
    public const string RecountWanted = "recount-wanted";
}
