namespace Headgate.Protocol.Tenant;

/// <summary>
/// The tenant API's paths (server names <c>cc.&lt;zone&gt;</c> and <c>gtwN.&lt;zone&gt;</c>, through any gateway, TLS 1.3). <c>authority</c> and <c>enrol</c> need
/// no certificate; every other needs a connector's, and concerns that connector's tenant alone.
/// </summary>
public static class TenantRoutes
{
    /// <summary>GET, anonymous: the authority's root certificate as PEM.</summary>
    public const string Authority = "/v1/authority";

    /// <summary>POST <c>EnrolmentRequest</c> -> <c>EnrolmentAnswer</c>, anonymous: the secret is the proof.</summary>
    public const string Enrol = "/v1/enrol";

    /// <summary>POST <c>RenewalRequest</c> -> <c>EnrolmentAnswer</c>: renews the caller's own certificate.</summary>
    public const string Renew = "/v1/renew";

    /// <summary>GET -> <see cref="GatewayList"/>.</summary>
    public const string Gateways = "/v1/gateways";

    /// <summary>GET -> <see cref="TenantStatusAnswer"/>.</summary>
    public const string Status = "/v1/status";

    /// <summary>POST <see cref="SnapshotOriginsRequest"/> -> <see cref="SnapshotOriginsAnswer"/>: which machines stored snapshots.</summary>
    public const string SnapshotOrigins = "/v1/snapshots/origins";

    /// <summary>PUT <see cref="PlansRequest"/> -> <see cref="PlansAnswer"/>: what the caller's service means to run next.</summary>
    public const string Plans = "/v1/plans";

    /// <summary>POST -> <see cref="JobStatus"/> to <c>/v1/jobs/{job}/cancel</c>: asks the open run to stop, which must be the caller's own.</summary>
    public static string Cancel(string job) => $"/v1/jobs/{job}/cancel";

    /// <summary>POST <see cref="OpenRunRequest"/> -> <see cref="RunTicket"/>: the run's first attempt may begin.</summary>
    public const string Runs = "/v1/runs";

    /// <summary>POST <see cref="NextAttemptRequest"/> -> <see cref="RunTicket"/> to <c>/v1/runs/{job}/{run}/attempts</c>.</summary>
    public static string Attempts(string job, long run) => $"{Runs}/{job}/{run}/attempts";

    /// <summary>POST <see cref="ProgressRequest"/> -> <see cref="ProgressAnswer"/> to <c>/v1/runs/{job}/{run}/progress</c>, every 15 s.</summary>
    public static string Progress(string job, long run) => $"{Runs}/{job}/{run}/progress";

    /// <summary>POST <see cref="FinishRequest"/> -> <see cref="RunSummary"/> to <c>/v1/runs/{job}/{run}/finish</c>; idempotent, and taken late.</summary>
    public static string Finish(string job, long run) => $"{Runs}/{job}/{run}/finish";
}
