namespace Headgate.Protocol.Resume;

/// <summary>The ways in which a session ends.</summary>
public enum SessionEndKind
{
    /// <summary>Both directions are complete and acknowledged.</summary>
    Completed,

    /// <summary>The peer sent RESET, or refused a leg for good.</summary>
    ResetByPeer,

    /// <summary>This end reset it.</summary>
    ResetByUs,

    /// <summary>No leg came within <see cref="ResumeLimits.Wait"/>.</summary>
    Expired,
}
