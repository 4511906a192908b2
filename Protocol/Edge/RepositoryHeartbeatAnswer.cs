namespace Headgate.Protocol.Edge;

/// <summary>What the silo says to it.</summary>
/// <param name="IntervalSeconds">When to send the next, before jitter.</param>
public sealed record RepositoryHeartbeatAnswer(double IntervalSeconds);
