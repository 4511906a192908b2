namespace Headgate.Protocol.Edge;

/// <summary>
/// The edge API's paths (port 6181, TLS 1.3). <c>authority</c> and <c>enrol</c> need no certificate; every other needs one of the role named.
/// Every request carries <see cref="ProtocolVersion.HeaderName"/>; every refusal is problem details.
/// </summary>
public static class EdgeRoutes
{
    /// <summary>GET, anonymous: the authority's root certificate as PEM.</summary>
    public const string Authority = "/v1/authority";

    /// <summary>POST <c>EnrolmentRequest</c> -> <c>EnrolmentAnswer</c>, anonymous: the secret is the proof.</summary>
    public const string Enrol = "/v1/enrol";

    /// <summary>
    /// GET, gateway or repository: server-sent events. <c>Last-Event-ID</c> asks to go on after that sequence number; without it, or when the log
    /// no longer reaches back that far, the first event is a fresh <c>snapshot</c>. A comment line comes at least every 5 s.
    /// </summary>
    public const string Stream = "/v1/stream";

    /// <summary>POST <see cref="GatewayHeartbeat"/> -> <see cref="GatewayHeartbeatAnswer"/>, gateway.</summary>
    public const string GatewayHeartbeat = "/v1/gateways/heartbeat";

    /// <summary>GET <c>/v1/routes/{serverName}</c> -> <see cref="GatewayRoute"/>, gateway; 404 when it leads nowhere (for this gateway).</summary>
    public const string Routes = "/v1/routes/";

    /// <summary>POST <see cref="RepositoryHeartbeat"/> -> <see cref="RepositoryHeartbeatAnswer"/>, repository.</summary>
    public const string RepositoryHeartbeat = "/v1/repositories/heartbeat";

    /// <summary>GET <c>/v1/grants/{serverName}</c> -> <see cref="RunGrant"/>, repository; 404 when there is none. Asked when a connection is faster than the stream.</summary>
    public const string Grants = "/v1/grants/";

    /// <summary>POST <see cref="LeaseRequest"/> -> <see cref="LeaseAnswer"/>, repository: what is used, and leases of bytes. Idempotent by epoch and sequence.</summary>
    public const string Leases = "/v1/repositories/leases";

    /// <summary>POST <see cref="SnapshotReport"/>, repository: a restic snapshot was committed. 204; idempotent.</summary>
    public const string Snapshots = "/v1/repositories/snapshots";

    /// <summary>POST <see cref="AccessReport"/>, repository: what a stock client with an access key does. 204; idempotent.</summary>
    public const string Activity = "/v1/repositories/activity";

    /// <summary>POST, gateway or repository: renews the caller's own certificate. <c>RenewalRequest</c> -> <c>EnrolmentAnswer</c>.</summary>
    public const string Renew = "/v1/renew";
}
