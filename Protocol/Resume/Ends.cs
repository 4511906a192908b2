namespace Headgate.Protocol.Resume;

/// <summary>Ends of sessions, and the sentences that go with them.</summary>
internal static class Ends
{
    public static SessionEnd Completed { get; } = new(SessionEndKind.Completed, ResumeFault.None, "");

    public static SessionEnd ByUs(ResumeFault fault) => new(SessionEndKind.ResetByUs, fault, Sentence(fault));

    public static SessionEnd ByPeer(ResumeFault fault, string sentence) =>
        new(SessionEndKind.ResetByPeer, Enum.IsDefined(fault) ? fault : ResumeFault.None, sentence.Length > 0 ? sentence : "The peer reset the session and gave no reason.");

    public static SessionEnd Expired(TimeSpan wait) =>
        new(SessionEndKind.Expired, ResumeFault.Expired, $"No connection carried the session for {wait}, which is as long as it waits.");

    private static string Sentence(ResumeFault fault) => fault switch
    {
        ResumeFault.UnknownFrame => "A frame of a type that does not exist came. Both programs must be of versions that work together.",
        ResumeFault.UnexpectedFrame => "A frame came that has its place at the beginning of a connection only.",
        ResumeFault.FrameTooLong => "A frame came that is longer than its type may be.",
        ResumeFault.FrameMalformed => "A frame came whose length or content does not fit its type.",
        ResumeFault.DataGap => "Bytes came that do not follow the last ones: some are missing between them.",
        ResumeFault.DataOverlap => "Bytes came that were received before.",
        ResumeFault.DataAfterFin => "Bytes came after the stream's end.",
        ResumeFault.AckBackwards => "An acknowledgement came that takes an earlier one back.",
        ResumeFault.AckBeyondSent => "An acknowledgement came of something that was not sent.",
        ResumeFault.FinMismatch => "The stream's end came at another place than the bytes did.",
        ResumeFault.OffsetOutside => "The peer wants to go on at a place that is not held any more, or was never sent.",
        ResumeFault.HashMismatch => "Both ends do not have the same bytes. The tool must begin this connection anew.",
        ResumeFault.AnswerForged => "The answer to the wish to go on is not the repository's own.",
        ResumeFault.ApplicationReset => "The program at the other end reset its connection.",
        ResumeFault.Revoked => "The right to this session ended.",
        ResumeFault.Stopping => "The program at the other end stops.",
        ResumeFault.Expired => "No connection carried the session for as long as it waits.",
        ResumeFault.Cancelled => "The run was cancelled.",
        ResumeFault.Stalled => "Bytes did not move for longer than the stall rule allows.",
        _ => "The session was reset.",
    };
}
