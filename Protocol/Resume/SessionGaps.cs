namespace Headgate.Protocol.Resume;

/// <summary>How often and how long a session was without a leg that carries bytes.</summary>
/// <param name="Count">How often. A gap that still lasts is not among them.</param>
/// <param name="Total">All together.</param>
/// <param name="Longest">The longest.</param>
public readonly record struct SessionGaps(int Count, TimeSpan Total, TimeSpan Longest);
