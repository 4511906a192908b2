namespace Headgate.Protocol.Resume;

/// <summary>The session ended otherwise than by both directions' completion. <see cref="ResumeSession.Application"/>'s reader and writer throw it.</summary>
/// <param name="end">How.</param>
public sealed class ResumeResetException(SessionEnd end) : IOException(end.Sentence)
{
    /// <summary>How the session ended.</summary>
    public SessionEnd End { get; } = end;
}
