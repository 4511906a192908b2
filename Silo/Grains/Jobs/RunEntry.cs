using Headgate.Grains;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>A run in a job's state. Replaced, never changed, so that a published view stays as it is.</summary>
[GenerateSerializer, Immutable]
internal sealed record RunEntry(
    long Run,
    RunStatus Status,
    string Connector,
    string Repository,
    string Host,
    string Tool,
    bool ReadsOnly,
    int Connections,
    string ServerName,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    DateTimeOffset Heard,
    bool CancelRequested,
    string? Reason,
    string? Snapshot,
    DateTimeOffset? SnapshotCommitted,
    ImmutableArray<AttemptInfo> Attempts,
    DateTimeOffset? CancelAsked)
{
    public RunInfo Describe() => new(Run, Status, Connector, Tool, Started, Ended, Reason, Snapshot, Attempts, CancelAsked);
}
