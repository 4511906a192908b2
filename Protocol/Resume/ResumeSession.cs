using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>One end of a resumable stream: one connection of the tool, whatever carries it. Safe for all threads.</summary>
public sealed class ResumeSession : IAsyncDisposable
{
    internal ResumeSession(UInt128 id, ResumeBinding binding, ulong epoch)
    {
        Id = id;
        Binding = binding;
        Epoch = epoch;
    }

    /// <summary>The id that the server drew.</summary>
    public UInt128 Id { get; }

    /// <summary>To whom it belongs.</summary>
    public ResumeBinding Binding { get; }

    /// <summary>The boot epoch of the server's process.</summary>
    public ulong Epoch { get; }

    /// <summary>
    /// The connection as the application sees it. <see cref="IDuplexPipe.Input"/> has the peer's bytes and ends when the peer's direction is complete;
    /// <see cref="IDuplexPipe.Output"/> takes ours: its completion is a half-close, its completion with an exception resets the session.
    /// Both throw <see cref="ResumeResetException"/> once the session was reset.
    /// </summary>
    public IDuplexPipe Application => throw new NotImplementedException();

    /// <summary>Completes when the session is over; never fails.</summary>
    public Task<SessionEnd> Ended => throw new NotImplementedException();

    /// <summary>Bytes of ours that were sent at least once.</summary>
    public long Sent => throw new NotImplementedException();

    /// <summary>Bytes of ours that the peer took over.</summary>
    public long Acknowledged => throw new NotImplementedException();

    /// <summary>Bytes of the peer that came.</summary>
    public long Received => throw new NotImplementedException();

    /// <summary>Legs so far, the first one among them.</summary>
    public int Legs => throw new NotImplementedException();

    /// <summary>The gaps between them.</summary>
    public SessionGaps Gaps => throw new NotImplementedException();

    /// <summary>True while a leg carries the session.</summary>
    public bool IsAttached => throw new NotImplementedException();

    /// <summary>Bytes of memory that the replay buffer holds.</summary>
    public long HeldBytes => throw new NotImplementedException();

    /// <summary>Resets the session and tells the peer on the present leg, if there is one. Without effect on a session that is over.</summary>
    public void Abort(ResumeFault why) => throw new NotImplementedException();

    /// <summary>Resets the session if it is not over, and waits until nothing of it runs.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
