namespace Headgate.Protocol.Resume;

/// <summary>The first frame of a leg, as it came; nothing of it is checked but its form.</summary>
public abstract record ResumeHello
{
    private ResumeHello()
    {
    }

    /// <summary>OPEN: a new session is wanted.</summary>
    /// <param name="LowestVersion">The lowest version that the client speaks.</param>
    /// <param name="HighestVersion">The highest.</param>
    /// <param name="Stream">The number of this connection of the tool within its run.</param>
    /// <param name="Run">Job and run as <c>job/run</c>, at most 255 bytes.</param>
    public sealed record Open(byte LowestVersion, byte HighestVersion, uint Stream, string Run) : ResumeHello;

    /// <summary>RESUME: a session goes on.</summary>
    /// <param name="Version">The version that was agreed on.</param>
    /// <param name="SessionId">The session's id.</param>
    /// <param name="Epoch">The boot epoch that OPENED named.</param>
    /// <param name="Leg">The leg's number, from 2.</param>
    /// <param name="Received">Bytes that the client received so far.</param>
    /// <param name="Hash">The hash of them.</param>
    /// <param name="Mac">The MAC, 32 bytes.</param>
    public sealed record Resume(byte Version, UInt128 SessionId, ulong Epoch, uint Leg, long Received, ulong Hash, ReadOnlyMemory<byte> Mac) : ResumeHello;
}
