using Headgate.Protocol.Edge;

namespace Headgate.Repository.Access;

/// <summary>On whose behalf a request is made, and what it may do.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="ServerName">The route or access it came by.</param>
/// <param name="AccessKey">The key, on an access.</param>
/// <param name="Rights">What it may do.</param>
internal sealed record Principal(string Tenant, string ServerName, string? AccessKey, AccessRights Rights)
{
    /// <summary>Tells one client of a restic repository from another: a run's route, or an access key.</summary>
    public string Client => AccessKey is null ? ServerName : ServerName + "/" + AccessKey;
}
