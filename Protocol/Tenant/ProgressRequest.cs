namespace Headgate.Protocol.Tenant;

/// <summary>The run goes on.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="State"><c>Running</c>, or <c>Retrying</c> while the connector waits.</param>
/// <param name="ListVersion">The list version the connector holds.</param>
/// <param name="Path">Gateways this attempt went over.</param>
public sealed record ProgressRequest(
    int Attempt,
    RunState State,
    long ListVersion,
    IReadOnlyList<PathEntry> Path);
