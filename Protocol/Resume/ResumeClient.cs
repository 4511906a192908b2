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
    public static async Task<ResumeSession> OpenAsync(ResumeLeg leg, ResumeBinding binding, uint stream, string run, ResumeLimits limits, ReplayBudget budget, TimeProvider time, CancellationToken token)
    {
        await WriteAsync(leg, HelloFrames.WriteOpen(stream, run), token);
        var (type, payload) = await ReadAsync(leg, Frames.Opened, token);
        if (type == Frames.Refused)
        {
            throw Refusal(payload);
        }

        var (version, id, secret, epoch, wait) = HelloFrames.ReadOpened(payload);
        if (version != ResumeProtocol.Version)
        {
            throw new IOException($"The repository chose version {version} of the protocol for resumable streams; this program offered {ResumeProtocol.Version}.");
        }

        return new ResumeSession(id, secret, binding, epoch, leg, limits with { Wait = wait < limits.Wait ? wait : limits.Wait }, budget, time);
    }

    /// <summary>
    /// Attaches a session to a new leg: ends the present one if there is one, sends RESUME, reads RESUMED and checks it. <see cref="RunAsync"/> with the same leg
    /// comes next. One call at a time for a session.
    /// </summary>
    /// <exception cref="ResumeRefusedException">The server refused. When that is final, the session has ended with <see cref="SessionEndKind.ResetByPeer"/>.</exception>
    /// <exception cref="ResumeResetException">The session is over, or ended because of what the server answered.</exception>
    /// <exception cref="IOException">The connection ended, or what came is not authentic; another leg may help.</exception>
    public static async Task ResumeAsync(ResumeSession session, ResumeLeg leg, CancellationToken token)
    {
        var outcome = await session.AttachAsync(leg, null, (received, hash) => GreetAsync(session, leg, received, hash, token), token);
        if (outcome != AttachOutcome.Attached)
        {
            throw new ResumeResetException(await session.Ended);
        }
    }

    /// <summary>Carries bytes until the leg ends.</summary>
    /// <param name="session">The session.</param>
    /// <param name="leg">The leg that opened it, or that it was attached to.</param>
    /// <param name="token">Gives up the leg, not the session.</param>
    public static Task<LegEnd> RunAsync(ResumeSession session, ResumeLeg leg, CancellationToken token) => session.RunAsync(leg, isClient: true, token);

    private static async Task<(long Received, ulong Hash)?> GreetAsync(ResumeSession session, ResumeLeg leg, long received, ulong hash, CancellationToken token)
    {
        var number = session.NextLeg();
        await WriteAsync(leg, HelloFrames.WriteResume(session.Secret, session.Binding, session.Id, session.Epoch, number, received, hash), token);
        var (type, payload) = await ReadAsync(leg, Frames.Resumed, token);
        if (type == Frames.Refused)
        {
            var refusal = Refusal(payload);
            if (refusal.IsFinal)
            {
                // A server that has both ends and our acknowledgement forgets the session; when only its own acknowledgement was lost, all is well.
                var isComplete = refusal.Code is RefusalCode.Ended or RefusalCode.UnknownSession && session.Stream.AreBothFinished;
                session.TryEnd(isComplete ? Ends.Completed : Ends.ByPeer(ResumeFault.None, refusal.Message));
            }

            throw refusal;
        }

        if (!HelloFrames.TryReadResumed(payload, session.Secret, session.Binding, number, out var theirs, out var theirHash))
        {
            session.TryEnd(Ends.ByUs(ResumeFault.AnswerForged));
            return null;
        }

        return (theirs, theirHash);
    }

    private static ResumeRefusedException Refusal(byte[] payload)
    {
        var sentence = Frames.Clean(payload.AsSpan(1));
        return new ResumeRefusedException((RefusalCode)payload[0], sentence.Length > 0 ? sentence : $"The repository refused with code {payload[0]} and gave no reason.");
    }

    private static async Task WriteAsync(ResumeLeg leg, byte[] frame, CancellationToken token)
    {
        if ((await leg.Output.WriteAsync(frame, token)).IsCompleted)
        {
            throw new EndOfStreamException("The connection ended before the first frame of the leg was written.");
        }
    }

    private static async Task<(byte Type, byte[] Payload)> ReadAsync(ResumeLeg leg, byte expected, CancellationToken token)
    {
        try
        {
            return await HelloReader.ReadAsync(leg, expected, Frames.Refused, token);
        }
        catch (InvalidDataException malformed)
        {
            throw new IOException(malformed.Message, malformed);
        }
    }
}
