namespace Headgate.Protocol.Resume;

/// <summary>The answering end: the repository.</summary>
public static class ResumeServer
{
    /// <summary>Reads the first frame of a leg.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="token">The caller's deadline: some seconds.</param>
    /// <exception cref="InvalidDataException">What came is neither OPEN nor RESUME.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    public static Task<ResumeHello> ReadHelloAsync(ResumeLeg leg, CancellationToken token) => throw new NotImplementedException();

    /// <summary>Accepts a new session: draws id and secret, writes OPENED; or refuses a version that it does not speak. <see cref="RunAsync"/> with the same leg comes next.</summary>
    /// <param name="leg">The leg that OPEN came on.</param>
    /// <param name="hello">OPEN.</param>
    /// <param name="binding">To whom the session belongs.</param>
    /// <param name="epoch">The boot epoch of this process.</param>
    /// <param name="limits">Limits of this end.</param>
    /// <param name="budget">Where replay buffers are counted.</param>
    /// <param name="time">Time.</param>
    /// <param name="admit">Called before the client learns the id, so that a quick second leg finds the session registered. Null does nothing.</param>
    /// <param name="token">The caller's deadline for writing.</param>
    /// <returns>The session; null when it was refused.</returns>
    /// <exception cref="IOException">The connection ended before OPENED was written; the session has ended then.</exception>
    public static Task<ResumeSession?> AcceptAsync(ResumeLeg leg, ResumeHello.Open hello, ResumeBinding binding, ulong epoch, ResumeLimits limits, ReplayBudget budget, TimeProvider time, Action<ResumeSession>? admit, CancellationToken token) =>
        throw new NotImplementedException();

    /// <summary>
    /// Attaches a session to a new leg: checks binding, epoch, version, MAC and leg number, ends the old leg, checks offset and hash, writes RESUMED or REFUSED.
    /// <see cref="RunAsync"/> with the same leg comes next.
    /// </summary>
    /// <param name="session">The session that <see cref="ResumeHello.Resume.SessionId"/> names.</param>
    /// <param name="leg">The leg that RESUME came on.</param>
    /// <param name="hello">RESUME.</param>
    /// <param name="binding">To whom the leg's TLS connection belongs.</param>
    /// <param name="epoch">The boot epoch of this process.</param>
    /// <param name="token">The caller's deadline.</param>
    /// <returns>Null when attached; else the code with which it was refused.</returns>
    /// <exception cref="IOException">The connection ended.</exception>
    public static Task<RefusalCode?> AttachAsync(ResumeSession session, ResumeLeg leg, ResumeHello.Resume hello, ResumeBinding binding, ulong epoch, CancellationToken token) =>
        throw new NotImplementedException();

    /// <summary>Writes REFUSED. The caller closes the connection afterwards.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="code">The code.</param>
    /// <param name="sentence">A sentence for the user.</param>
    /// <param name="token">The caller's deadline for writing.</param>
    /// <exception cref="IOException">The connection ended.</exception>
    public static Task RefuseAsync(ResumeLeg leg, RefusalCode code, string sentence, CancellationToken token) => throw new NotImplementedException();

    /// <summary>Carries bytes until the leg ends.</summary>
    /// <param name="session">The session.</param>
    /// <param name="leg">The leg that it was accepted on or attached to.</param>
    /// <param name="token">Gives up the leg, not the session.</param>
    public static Task<LegEnd> RunAsync(ResumeSession session, ResumeLeg leg, CancellationToken token) => throw new NotImplementedException();
}
