namespace Headgate.Grains;

/// <summary>A job asks whether a run may start.</summary>
/// <param name="Connector">The connector.</param>
/// <param name="Repository">The repository.</param>
/// <param name="Job">The job.</param>
/// <param name="ReadsOnly">It only reads: exempt from the run limit and from the quota.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-claim")]
public sealed record RunClaim(
    string Connector,
    string Repository,
    string Job,
    bool ReadsOnly);
