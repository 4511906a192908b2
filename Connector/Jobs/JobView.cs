namespace Headgate.Connector.Jobs;

/// <summary>How a job in the service's hands stands; for other threads to read.</summary>
/// <param name="Next">When its next run is to begin; null where no schedule says so.</param>
/// <param name="Skipped">The due time that was left out since its last run.</param>
/// <param name="IsRunning">Whether the service runs it.</param>
internal sealed record JobView(DateTimeOffset? Next, SkippedRun? Skipped, bool IsRunning);
