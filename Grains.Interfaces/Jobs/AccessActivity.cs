namespace Headgate.Grains;

/// <summary>What a stock client does that came by an access key. Says everything that is known of it.</summary>
/// <param name="Repository">The repository that says so.</param>
/// <param name="AccessKey">The access key.</param>
/// <param name="Path">The restic repository's path.</param>
/// <param name="Activity">Its id.</param>
/// <param name="Began">When its first lock was written; null for a snapshot without a lock.</param>
/// <param name="Seen">When it was last seen.</param>
/// <param name="State">How it stands.</param>
/// <param name="Snapshot">The snapshot that it wrote last.</param>
/// <param name="Written">Snapshots that it wrote.</param>
/// <param name="Deleted">Snapshots that it deleted and had not written itself.</param>
/// <param name="Gateways">What went over which gateway.</param>
[GenerateSerializer, Immutable, Alias("headgate.access-activity")]
public sealed record AccessActivity(
    string Repository,
    string AccessKey,
    string Path,
    string Activity,
    DateTimeOffset? Began,
    DateTimeOffset Seen,
    AccessState State,
    string? Snapshot,
    int Written,
    int Deleted,
    ImmutableArray<PathStep> Gateways);
