namespace Headgate.Connector.Jobs;

/// <summary>A run under way.</summary>
/// <param name="Began">When.</param>
/// <param name="Process">The process's id.</param>
/// <param name="Log">The log's name.</param>
internal sealed record RunningRun(DateTimeOffset Began, int Process, string Log);
