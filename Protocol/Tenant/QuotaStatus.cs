namespace Headgate.Protocol.Tenant;

/// <summary>A tenant's quota on one repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="LimitBytes">The limit.</param>
/// <param name="UsedBytes">The use last reported.</param>
/// <param name="AccessName">The server name for agentless access.</param>
/// <param name="ReservedBytes">What the repository holds beyond that for uploads under way; it is given back when they end.</param>
/// <param name="SoftLimitBytes">From here on the provider calls the use high, and refuses nothing; null when there is no such size.</param>
public sealed record QuotaStatus(
    string Repository,
    long LimitBytes,
    long UsedBytes,
    string AccessName,
    long ReservedBytes = 0,
    long? SoftLimitBytes = null)
{
    /// <summary>Whether more is used than the soft limit.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOverSoftLimit => UsedBytes > SoftLimitBytes;
}
