using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>
/// A session's two directions, as its legs' loops see them: what the sender is asked for, what the receiver takes, what the watch goes by. The loops of one leg
/// at a time call it; <see cref="Gate"/> guards what both of them, the application, timers and other threads touch.
/// </summary>
internal sealed class SessionStream
{
    private readonly TimeProvider _time;
    private readonly Action<SessionEnd> _end;
    private readonly OutgoingStream _outgoing;

    private bool _isPingAsked;
    private bool _isRoomAsked;
    private ulong? _pong;
    private bool _isFinAckFlushed;
    private bool _isAnswerDue;
    private long _expectsSince;
    private SessionEnd? _over;
    private bool _isResetSent;

    /// <param name="limits">Limits.</param>
    /// <param name="budget">Where blocks are counted.</param>
    /// <param name="time">Time.</param>
    /// <param name="end">Ends the session; called outside of <see cref="Gate"/>.</param>
    public SessionStream(ResumeLimits limits, ReplayBudget budget, TimeProvider time, Action<SessionEnd> end)
    {
        (_time, _end) = (time, end);
        _outgoing = new OutgoingStream(limits, budget, time, Gate);
        Incoming = new IncomingStream(time, Gate, Wakeup.Wake);
        Pipes = new ApplicationPipes(Incoming.Reader, new ApplicationWriter(_outgoing, Wakeup, () => _end(Ends.ByUs(ResumeFault.ApplicationReset))));
    }

    public Lock Gate { get; } = new();

    public ApplicationPipes Pipes { get; }

    public Wakeup Wakeup { get; } = new();

    public IncomingStream Incoming { get; }

    public long Sent => Locked(static stream => stream._outgoing.End);

    public long Acknowledged => Locked(static stream => stream._outgoing.Acknowledged);

    public long Received => Locked(static stream => stream.Incoming.Received);

    public long HeldBytes => Locked(static stream => stream._outgoing.HeldBytes);

    public bool IsOver => Volatile.Read(ref _over) is not null;

    /// <summary>The session is over, and the peer has yet to read what was written last.</summary>
    public bool IsLastWordOurs(bool isClient)
    {
        lock (Gate)
        {
            return _over?.Kind == SessionEndKind.ResetByUs || (isClient && _over?.Kind == SessionEndKind.Completed);
        }
    }

    /// <summary>Both directions' ends have passed; only an acknowledgement may be missing.</summary>
    public bool AreBothFinished => Locked(static stream => stream.Incoming.IsFinReceived && stream._outgoing.IsFinSent);

    /// <summary>The peer has all and has been told that we have all.</summary>
    public bool IsComplete => Locked(static stream => stream.IsAllTold);

    /// <summary>Both directions have ended and the peer has all bytes of ours; whether it has our FIN, or we were told so, is all that is open.</summary>
    public bool IsAllButTold => Locked(static stream => stream.Incoming.IsFinReceived && stream._outgoing.IsFinSent && stream._outgoing.Acknowledged == stream._outgoing.End);

    /// <summary>The peer has all; our own last ACK may still be on its way out.</summary>
    public bool IsFinAcknowledged => Locked(static stream => stream._outgoing.IsFinAcknowledged);

    /// <summary>What a new leg tells: bytes received and their hash. No leg runs.</summary>
    public (long Received, ulong Hash) Position => (Received, Incoming.Hash);

    private bool IsAllTold => _outgoing.IsFinAcknowledged && _isFinAckFlushed;

    private bool Expects => _outgoing.IsOwed || _isAnswerDue;

    private bool IsRoomWanted => _outgoing.IsFull && !_isRoomAsked;

    // ---- Of the session

    /// <summary>Compares what the peer has received with what was sent, and if it is that, lets the next leg begin there. No leg runs.</summary>
    public ResumeFault BeginAt(long offset, ulong hash)
    {
        lock (Gate)
        {
            var fault = _outgoing.SeekTo(offset, hash);
            if (fault == ResumeFault.None)
            {
                Incoming.BeginLeg();
                (_isFinAckFlushed, _isPingAsked, _isRoomAsked, _pong) = (false, false, false, null);
                _expectsSince = _time.GetTimestamp();
            }

            return fault;
        }
    }

    /// <summary>The session is over; a leg that runs says so to the peer if it was us.</summary>
    public void SetOver(SessionEnd end)
    {
        lock (Gate)
        {
            _over = end;
        }

        Incoming.StopWaiting();
        Wakeup.Wake();
    }

    /// <summary>Gives everything back and tells the application. No leg runs, none will.</summary>
    public void Close(SessionEnd end)
    {
        var fault = end.Kind == SessionEndKind.Completed ? null : new ResumeResetException(end);
        Incoming.Close(fault);
        _outgoing.Close(fault);
    }

    // ---- Of the sender

    /// <summary>Writes what is asked for, without flushing it.</summary>
    public Asked TakeAsked(PipeWriter output, LegRun run)
    {
        lock (Gate)
        {
            if (_over is { } over)
            {
                if (over.Kind != SessionEndKind.ResetByUs || _isResetSent)
                {
                    return Asked.Over;
                }

                _isResetSent = true;
                LegSender.WriteReset(output, over);
                return Asked.Reset;
            }

            if (!IsAllTold)
            {
                return WriteAsked(output, run);
            }
        }

        _end(Ends.Completed);
        return Asked.Over;
    }

    /// <summary>What <see cref="TakeAsked"/> wrote is with the connection now.</summary>
    public void Flushed(Asked asked)
    {
        if (asked == Asked.FinAcknowledged)
        {
            lock (Gate)
            {
                _isFinAckFlushed = true;
            }
        }
    }

    public bool TryTakeChunk(Span<byte> header, out int headerLength, out ReadOnlyMemory<byte> chunk)
    {
        lock (Gate)
        {
            var expected = Expects;
            if (!_outgoing.TryTakeChunk(header, out headerLength, out chunk))
            {
                return false;
            }

            _isAnswerDue = !Incoming.IsFinReceived;
            _expectsSince = expected ? _expectsSince : _time.GetTimestamp();
            return true;
        }
    }

    public void ReturnChunk()
    {
        lock (Gate)
        {
            _outgoing.ReturnChunk();
        }
    }

    /// <summary>True when a sender that is about to wait must not.</summary>
    public bool HasWork(LegRun run)
    {
        lock (Gate)
        {
            return _over is not null || Incoming.IsAckAsked || _isPingAsked || _pong is not null || _outgoing.HasChunk
                || _outgoing.IsFinDue(run) || IsRoomWanted || IsAllTold;
        }
    }

    // ---- Of the receiver

    /// <summary>Has an ACK written when so many bytes were not told of; sees to it that one comes in time otherwise.</summary>
    public void AcknowledgeBeyond(int bytes)
    {
        if (Incoming.IsAckDue(bytes))
        {
            Wakeup.RunHere();
        }
    }

    /// <summary>DATA begins.</summary>
    public ResumeFault CheckData(ulong offset)
    {
        lock (Gate)
        {
            _isAnswerDue = false;
            return Incoming.CheckData(offset);
        }
    }

    public ResumeFault TakeAck(ulong offset, bool isFinished)
    {
        lock (Gate)
        {
            _isRoomAsked = false;
            var fault = _outgoing.TakeAck(offset, isFinished);
            if (fault != ResumeFault.None || !isFinished)
            {
                return fault;
            }
        }

        Wakeup.Wake();
        return ResumeFault.None;
    }

    public ResumeFault TakeFin(ulong offset)
    {
        var fault = Incoming.TakeFin(offset);
        if (fault == ResumeFault.None)
        {
            lock (Gate)
            {
                _isAnswerDue = false;
            }

            Wakeup.Wake();
        }

        return fault;
    }

    /// <summary>Is answered, and so is what came before it: a peer whose buffer is full may ask for the acknowledgement that makes room.</summary>
    public void TakePing(ulong number)
    {
        lock (Gate)
        {
            _pong = number;
            Incoming.AskForAck();
        }

        Wakeup.Wake();
    }

    public void Fail(ResumeFault fault) => _end(Ends.ByUs(fault));

    public void EndByPeer(ResumeFault fault, string sentence) => _end(Ends.ByPeer(fault, sentence));

    // ---- Of the watch

    /// <summary>When something came last, and since when something is expected.</summary>
    public (long HeardAt, long? ExpectsSince) Quiet()
    {
        lock (Gate)
        {
            return (Incoming.HeardAt, Expects ? _expectsSince : null);
        }
    }

    /// <summary>How long nothing came, and how long nothing was acknowledged although there is something to acknowledge.</summary>
    public (TimeSpan Unheard, TimeSpan Unacknowledged) Stalled()
    {
        lock (Gate)
        {
            var since = Math.Max(_expectsSince, _outgoing.AcknowledgedAt);
            return (_time.GetElapsedTime(Incoming.HeardAt), _outgoing.IsOwed ? _time.GetElapsedTime(since) : TimeSpan.Zero);
        }
    }

    public void AskPeer()
    {
        lock (Gate)
        {
            _isPingAsked = true;
        }

        Wakeup.Wake();
    }

    private Asked WriteAsked(PipeWriter output, LegRun run)
    {
        var asked = Asked.Nothing;
        if (Incoming.IsAckAsked)
        {
            LegSender.WriteAck(output, Incoming.TakeAck(), Incoming.IsFinReceived);
            asked = Incoming.IsFinReceived ? Asked.FinAcknowledged : Asked.Frames;
        }

        if (_pong is { } pong)
        {
            _pong = null;
            LegSender.WriteNumber(output, Frames.Pong, pong);
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        if (_isPingAsked || IsRoomWanted)
        {
            _isRoomAsked = _outgoing.IsFull;
            _isPingAsked = false;
            LegSender.WriteNumber(output, Frames.Ping, (ulong)_time.GetTimestamp());
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        if (_outgoing.IsFinDue(run))
        {
            _expectsSince = Expects ? _expectsSince : _time.GetTimestamp();
            LegSender.WriteNumber(output, Frames.Fin, (ulong)_outgoing.TakeFin(run));
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        return asked;
    }

    private T Locked<T>(Func<SessionStream, T> read)
    {
        lock (Gate)
        {
            return read(this);
        }
    }
}
