namespace Headgate.Protocol.Tenant;

/// <summary>What an attempt needs.</summary>
/// <param name="Job">The job.</param>
/// <param name="Run">The run's number within the job.</param>
/// <param name="Attempt">1 is the first.</param>
/// <param name="ServerName">The route's name: server name of the TLS connection to the repository.</param>
/// <param name="Repository">The repository's id: its certificate must name <c>urn:headgate:repository:&lt;id&gt;</c>.</param>
/// <param name="Gateways">The list for this attempt.</param>
public sealed record RunTicket(
    string Job,
    long Run,
    int Attempt,
    string ServerName,
    string Repository,
    GatewayList Gateways);
