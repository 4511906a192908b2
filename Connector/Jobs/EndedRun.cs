namespace Headgate.Connector.Jobs;

/// <summary>A run that ended.</summary>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended; when that was found out, for one whose process was killed.</param>
/// <param name="ExitCode">What it ended with; null for one whose process was killed.</param>
/// <param name="Log">The log's name.</param>
/// <param name="Reason">Why it never became a run at the provider, or that its process was killed; null for all others.</param>
internal sealed record EndedRun(DateTimeOffset Began, DateTimeOffset Ended, int? ExitCode, string Log, string? Reason);
