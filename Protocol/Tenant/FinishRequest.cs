namespace Headgate.Protocol.Tenant;

/// <summary>The run ended on the connector's side.</summary>
/// <param name="Attempt">The last attempt.</param>
/// <param name="ExitCode">The tool's exit code, or null when it was not started.</param>
/// <param name="Cancelled">The user stopped it.</param>
/// <param name="SnapshotExpected">The tool's subcommand writes a snapshot when it succeeds, so the silo waits up to 5 s for the repository's word.</param>
/// <param name="Reason">Why it failed, in words.</param>
/// <param name="Path">Gateways the last attempt went over.</param>
public sealed record FinishRequest(
    int Attempt,
    int? ExitCode,
    bool Cancelled,
    bool SnapshotExpected,
    string? Reason,
    IReadOnlyList<PathEntry> Path);
