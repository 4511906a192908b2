namespace Headgate.Protocol.Tenant;

/// <summary>The attempt failed; asks for the next.</summary>
/// <param name="Attempt">The attempt that failed.</param>
/// <param name="ExitCode">The tool's exit code, or null when it was not started.</param>
/// <param name="Reason">Why, in words; gateways tried, and how each failed.</param>
/// <param name="Path">Gateways it went over, in order of first use.</param>
public sealed record NextAttemptRequest(
    int Attempt,
    int? ExitCode,
    string Reason,
    IReadOnlyList<PathEntry> Path);
