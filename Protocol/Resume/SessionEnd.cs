namespace Headgate.Protocol.Resume;

/// <summary>How a session ended.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Fault">The reason of a reset; <see cref="ResumeFault.None"/> for the rest, and for a peer's number that is not known.</param>
/// <param name="Sentence">The reason in words: the peer's own for a reset by it, cleaned of control characters. Empty when completed.</param>
public sealed record SessionEnd(SessionEndKind Kind, ResumeFault Fault, string Sentence);
