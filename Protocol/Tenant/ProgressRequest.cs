namespace Headgate.Protocol.Tenant;

/// <summary>The run goes on.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="State"><c>Running</c>, or <c>Retrying</c> while the connector waits.</param>
/// <param name="ListVersion">The list version the connector holds.</param>
/// <param name="Path">Gateways this attempt went over.</param>
/// <param name="Resumes">How often streams of this attempt went on over another connection, since it began.</param>
/// <param name="GapMilliseconds">Milliseconds without a connection before those resumes, added up.</param>
/// <param name="LongestGapMilliseconds">The longest of those gaps, in milliseconds.</param>
/// <param name="Trials">How gateways did since the connector said so last; null: nothing was tried.</param>
public sealed record ProgressRequest(
    int Attempt,
    RunState State,
    long ListVersion,
    IReadOnlyList<PathEntry> Path,
    int Resumes = 0,
    long GapMilliseconds = 0,
    long LongestGapMilliseconds = 0,
    IReadOnlyList<GatewayTrial>? Trials = null);
