namespace Headgate.Protocol.Resume;

/// <summary>The dialling end: the connector.</summary>
public static class ResumeClient
{
    /// <summary>Opens a session on its first leg: sends OPEN, reads OPENED. <see cref="RunAsync"/> with the same leg comes next.</summary>
    /// <param name="leg">A connection with ALPN <see cref="ResumeProtocol.Alpn"/>.</param>
    /// <param name="binding">To whom the session belongs.</param>
    /// <param name="stream">The number of this connection of the tool within its run.</param>
    /// <param name="run">Job and run as <c>job/run</c>.</param>
    /// <param name="limits">Limits of this end. The server's wait replaces a longer one.</param>
    /// <param name="budget">Where replay buffers are counted.</param>
    /// <param name="time">Time.</param>
    /// <param name="token">The caller's deadline for the answer.</param>
    /// <exception cref="ResumeRefusedException">The server refused.</exception>
    /// <exception cref="IOException">The connection ended, or what came is not an answer.</exception>
    public static Task<ResumeSession> OpenAsync(ResumeLeg leg, ResumeBinding binding, uint stream, string run, ResumeLimits limits, ReplayBudget budget, TimeProvider time, CancellationToken token) =>
        throw new NotImplementedException();

    /// <summary>
    /// Attaches a session to a new leg: ends the present one if there is one, sends RESUME, reads RESUMED and checks it. <see cref="RunAsync"/> with the same leg
    /// comes next. One call at a time for a session.
    /// </summary>
    /// <exception cref="ResumeRefusedException">The server refused. When that is final, the session has ended with <see cref="SessionEndKind.ResetByPeer"/>.</exception>
    /// <exception cref="ResumeResetException">The session is over, or ended because of what the server answered.</exception>
    /// <exception cref="IOException">The connection ended, or what came is not authentic; another leg may help.</exception>
    public static Task ResumeAsync(ResumeSession session, ResumeLeg leg, CancellationToken token) => throw new NotImplementedException();

    /// <summary>Carries bytes until the leg ends.</summary>
    /// <param name="session">The session.</param>
    /// <param name="leg">The leg that opened it, or that it was attached to.</param>
    /// <param name="token">Gives up the leg, not the session.</param>
    public static Task<LegEnd> RunAsync(ResumeSession session, ResumeLeg leg, CancellationToken token) => throw new NotImplementedException();
}
