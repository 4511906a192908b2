using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Headgate.Protocol.Resume;

/// <summary>The answering end: the repository.</summary>
public static class ResumeServer
{
    /// <summary>Reads the first frame of a leg.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="token">The caller's deadline: some seconds.</param>
    /// <exception cref="InvalidDataException">What came is neither OPEN nor RESUME.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    public static async Task<ResumeHello> ReadHelloAsync(ResumeLeg leg, CancellationToken token)
    {
        var (type, payload) = await HelloReader.ReadAsync(leg, Frames.Open, Frames.Resume, token);
        return type == Frames.Resume
            ? HelloFrames.ReadResume(payload)
            : HelloFrames.ReadOpen(payload) ?? throw new InvalidDataException("The frame OPEN contradicts itself: its lengths, its versions or its text.");
    }

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
    public static async Task<ResumeSession?> AcceptAsync(ResumeLeg leg, ResumeHello.Open hello, ResumeBinding binding, ulong epoch, ResumeLimits limits, ReplayBudget budget, TimeProvider time, Action<ResumeSession>? admit, CancellationToken token)
    {
        if (hello.LowestVersion > ResumeProtocol.Version || hello.HighestVersion < ResumeProtocol.Version)
        {
            await RefuseAsync(
                leg, RefusalCode.Version,
                $"The repository speaks version {ResumeProtocol.Version} of the protocol for resumable streams; {hello.LowestVersion} to {hello.HighestVersion} were offered. Update the older program.", token);
            return null;
        }

        var id = new byte[16];
        RandomNumberGenerator.Fill(id);
        var session = new ResumeSession(
            BinaryPrimitives.ReadUInt128BigEndian(id), RandomNumberGenerator.GetBytes(HelloFrames.SecretBytes), binding, epoch, leg, limits, budget, time);
        try
        {
            admit?.Invoke(session);
            await WriteAsync(leg, HelloFrames.WriteOpened(session.Id, session.Secret, epoch, limits.Wait), token);
            return session;
        }
        catch
        {
            // The client does not know the session: nobody will ever come for it.
            session.Abort(ResumeFault.ApplicationReset);
            throw;
        }
    }

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
    public static async Task<RefusalCode?> AttachAsync(ResumeSession session, ResumeLeg leg, ResumeHello.Resume hello, ResumeBinding binding, ulong epoch, CancellationToken token)
    {
        var refusal = Check(session, hello, binding, epoch);
        var (received, hash) = (0L, 0UL);
        if (refusal is null)
        {
            var outcome = await session.AttachAsync(
                leg, hello.Leg,
                (ourReceived, ourHash) =>
                {
                    (received, hash) = (ourReceived, ourHash);
                    return Task.FromResult<(long, ulong)?>((hello.Received, hello.Hash));
                },
                token);
            refusal = outcome switch
            {
                AttachOutcome.Attached => null,
                AttachOutcome.OldLeg => RefusalCode.OldLeg,
                AttachOutcome.OtherOffset => RefusalCode.Offset,
                AttachOutcome.OtherBytes => RefusalCode.Hash,
                _ => RefusalCode.Ended,
            };
        }

        if (refusal is { } code)
        {
            await RefuseAsync(leg, code, Sentence(code), token);
        }
        else
        {
            await WriteAsync(leg, HelloFrames.WriteResumed(session.Secret, session.Binding, hello.Leg, received, hash), token);
        }

        return refusal;
    }

    /// <summary>Writes REFUSED. The caller closes the connection afterwards.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="code">The code.</param>
    /// <param name="sentence">A sentence for the user.</param>
    /// <param name="token">The caller's deadline for writing.</param>
    /// <exception cref="IOException">The connection ended.</exception>
    public static Task RefuseAsync(ResumeLeg leg, RefusalCode code, string sentence, CancellationToken token) =>
        WriteAsync(leg, Frames.Sentence(Frames.Refused, (byte)code, sentence), token);

    /// <summary>Carries bytes until the leg ends.</summary>
    /// <param name="session">The session.</param>
    /// <param name="leg">The leg that it was accepted on or attached to.</param>
    /// <param name="token">Gives up the leg, not the session.</param>
    public static Task<LegEnd> RunAsync(ResumeSession session, ResumeLeg leg, CancellationToken token) => session.RunAsync(leg, isClient: false, token);

    /// <summary>What a leg is refused for that does no harm to the session; the MAC is looked at before anything that a stranger could learn from.</summary>
    private static RefusalCode? Check(ResumeSession session, ResumeHello.Resume hello, ResumeBinding binding, ulong epoch) =>
        hello.Version != ResumeProtocol.Version ? RefusalCode.Version
        : hello.Epoch != epoch || session.Epoch != epoch ? RefusalCode.WrongEpoch
        : hello.SessionId != session.Id ? RefusalCode.UnknownSession
        : binding != session.Binding ? RefusalCode.NotYours
        : !HelloFrames.IsAuthentic(hello, session.Secret, session.Binding) ? RefusalCode.BadMac
        : null;

    private static string Sentence(RefusalCode code) => code switch
    {
        RefusalCode.Version => $"The repository speaks version {ResumeProtocol.Version} of the protocol for resumable streams. Update the older program.",
        RefusalCode.UnknownSession => "There is no such session: it ended, or its time was up.",
        RefusalCode.WrongEpoch => "The repository was started anew since the session began; the tool must begin its connection anew.",
        RefusalCode.NotYours => "The session belongs to somebody else, or to another route.",
        RefusalCode.BadMac => "The wish to go on does not come from the client that opened the session.",
        RefusalCode.OldLeg => "A newer connection carries the session.",
        RefusalCode.Offset => "The place to go on at is not held any more, or was never sent.",
        RefusalCode.Hash => "Both ends do not have the same bytes; the tool must begin its connection anew.",
        _ => "The session is over.",
    };

    private static async Task WriteAsync(ResumeLeg leg, byte[] frame, CancellationToken token)
    {
        if ((await leg.Output.WriteAsync(frame, token)).IsCompleted)
        {
            throw new EndOfStreamException("The connection ended before the answer was written.");
        }
    }
}
