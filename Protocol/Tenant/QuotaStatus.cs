namespace Headgate.Protocol.Tenant;

/// <summary>A tenant's quota on one repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="LimitBytes">The limit.</param>
/// <param name="UsedBytes">The use last reported.</param>
/// <param name="AccessName">The server name for agentless access.</param>
public sealed record QuotaStatus(
    string Repository,
    long LimitBytes,
    long UsedBytes,
    string AccessName);
