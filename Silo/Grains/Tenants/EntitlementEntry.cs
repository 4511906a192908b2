namespace Headgate.Silo.Grains.Tenants;

/// <summary>A repository that the tenant may use, and the server name of its agentless access.</summary>
[GenerateSerializer, Immutable]
internal sealed record EntitlementEntry(string Repository, string AccessName, DateTimeOffset Created);
