namespace Headgate.Protocol.Resume;

/// <summary>How a leg ended.</summary>
public enum LegEnd
{
    /// <summary>The connection below was closed or reset. The session goes on.</summary>
    Lost,

    /// <summary>Nothing came for twice <see cref="ResumeLimits.Silence"/> although something was asked. The session goes on; the same way is not worth another try.</summary>
    Silent,

    /// <summary>Both directions are complete and acknowledged; the session is over.</summary>
    Completed,

    /// <summary>The session was reset, by either side, or ran out of time.</summary>
    Reset,

    /// <summary>A newer leg took over, or the caller's token was cancelled. The session goes on.</summary>
    Replaced,
}
