namespace Headgate.Connector.Jobs;

/// <summary>A due time without a run.</summary>
/// <param name="Due">When it would have been.</param>
/// <param name="Why">A sentence.</param>
internal sealed record SkippedRun(DateTimeOffset Due, string Why);
