namespace Headgate.Grains;

/// <summary>What has changed since a version.</summary>
/// <param name="Version">The newest version; ask with it next time.</param>
/// <param name="IsWhole">False when more has changed than is listed: take everything as changed.</param>
/// <param name="Changes">Oldest first, at most 500.</param>
[GenerateSerializer, Immutable, Alias("headgate.change-set")]
public sealed record ChangeSet(
    long Version,
    bool IsWhole,
    ImmutableArray<Change> Changes);
