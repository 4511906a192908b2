namespace Headgate.Protocol.Edge;

/// <summary>What a repository must know about a run's route.</summary>
/// <param name="ServerName">The route's <c>r-</c> name.</param>
/// <param name="Tenant">The tenant.</param>
/// <param name="Connector">The connector's id within the tenant; its certificate must name <c>tenant/connector</c>.</param>
/// <param name="Job">The job.</param>
/// <param name="Run">The run's number within the job.</param>
/// <param name="Rights">What the run may do.</param>
/// <param name="Expires">Absolute end, or null. Apart from it, a grant lasts 15 minutes after the silo was last heard.</param>
public sealed record RunGrant(
    string ServerName,
    string Tenant,
    string Connector,
    string Job,
    long Run,
    AccessRights Rights,
    DateTimeOffset? Expires);
