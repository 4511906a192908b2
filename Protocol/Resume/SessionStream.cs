using System.Buffers;
using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>
/// A session's two directions, as its legs' loops see them: offsets, replay buffer, acknowledgements, what the sender is asked for. The loops of one leg at
/// a time call it; <see cref="Gate"/> guards what both of them, timers and other threads touch.
/// </summary>
internal sealed class SessionStream
{
    private static readonly TimeSpan s_acknowledgeWithin = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a receiver that cannot hand bytes over repeats its ACK, so that the peer hears that the leg is well.</summary>
    private static readonly TimeSpan s_repeatWhileBlocked = TimeSpan.FromMilliseconds(250);

    private readonly ReplayBuffer _replay;
    private readonly TimeProvider _time;
    private readonly Action<SessionEnd> _end;
    private readonly ITimer _acknowledgeTimer;

    private StreamHash _receivedHash = StreamHash.Create();
    private long _received;
    private long _receivedTold;
    private bool _isAckAsked;
    private bool _isAckTimed;
    private bool _isPingAsked;
    private ulong? _pong;
    private bool _isFinReceived;
    private bool _isFinAckFlushed;
    private bool _isFinSent;
    private bool _isFinAcknowledged;
    private bool _isApplicationDone;
    private bool _isApplicationDeaf;
    private bool _isHandOverDue;
    private bool _isBlocked;
    private bool _isAnswerDue;
    private long _expectsSince;
    private long _heardAt;
    private long _acknowledgedAt;
    private SessionEnd? _over;
    private bool _isResetSent;

    /// <param name="limits">Limits.</param>
    /// <param name="budget">Where blocks are counted.</param>
    /// <param name="time">Time.</param>
    /// <param name="end">Ends the session; called outside of <see cref="Gate"/>.</param>
    public SessionStream(ResumeLimits limits, ReplayBudget budget, TimeProvider time, Action<SessionEnd> end)
    {
        (_time, _end) = (time, end);
        _replay = new ReplayBuffer(limits.ReplayBytes, budget);
        Pipes = new ApplicationPipes(() => _end(Ends.ByUs(ResumeFault.ApplicationReset)));
        Wakeup = new Wakeup(Pipes.FromApplication);
        _acknowledgeTimer = time.CreateTimer(static state => ((SessionStream)state!).AcknowledgeInTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _heardAt = time.GetTimestamp();
    }

    public Lock Gate { get; } = new();

    public ApplicationPipes Pipes { get; }

    public Wakeup Wakeup { get; }

    public long Sent => Locked(static stream => stream._replay.End);

    public long Acknowledged => Locked(static stream => stream._replay.Acknowledged);

    public long Received => Locked(static stream => stream._received);

    public long HeldBytes => Locked(static stream => stream._replay.HeldBytes);

    public bool IsOver => Locked(static stream => stream._over is not null);

    /// <summary>The session is over, and the peer has yet to read what was written last.</summary>
    public bool IsLastWordOurs(bool isClient)
    {
        lock (Gate)
        {
            return _over?.Kind == SessionEndKind.ResetByUs || (isClient && _over?.Kind == SessionEndKind.Completed);
        }
    }

    /// <summary>Both directions' ends have passed; only an acknowledgement may be missing.</summary>
    public bool AreBothFinished => Locked(static stream => stream._isFinReceived && stream._isFinSent);

    /// <summary>The peer has all and has been told that we have all.</summary>
    public bool IsComplete => Locked(static stream => stream._isFinAcknowledged && stream._isFinAckFlushed);

    /// <summary>The peer has all; our own last ACK may still be on its way out.</summary>
    public bool IsFinAcknowledged => Locked(static stream => stream._isFinAcknowledged);

    /// <summary>What a new leg tells: bytes received and their hash. No leg runs.</summary>
    public (long Received, ulong Hash) Position => (Received, _receivedHash.Value);

    // ---- Of the session

    /// <summary>Compares what the peer has received with what was sent, and if it is that, lets the next leg begin there. No leg runs.</summary>
    public ResumeFault BeginAt(long offset, ulong hash)
    {
        lock (Gate)
        {
            if (offset < _replay.Acknowledged || offset > _replay.End)
            {
                return ResumeFault.OffsetOutside;
            }

            if (_replay.HashAt(offset) != hash)
            {
                return ResumeFault.HashMismatch;
            }

            _replay.Seek(offset);
            _receivedTold = _received;
            _isFinAckFlushed = false;
            _isAckAsked = _isFinReceived;
            _isPingAsked = false;
            _pong = null;
            _isHandOverDue = true;
            _expectsSince = _heardAt = _time.GetTimestamp();
            return ResumeFault.None;
        }
    }

    /// <summary>The session is over; a leg that runs says so to the peer if it was us.</summary>
    public void SetOver(SessionEnd end)
    {
        lock (Gate)
        {
            _over = end;
        }

        // A receiver that waits for the application need not any more.
        Pipes.ToApplication.CancelPendingFlush();
        Wakeup.Wake();
    }

    /// <summary>Gives everything back and tells the application. No leg runs, none will.</summary>
    public void Close(SessionEnd end)
    {
        _acknowledgeTimer.Dispose();
        lock (Gate)
        {
            _replay.Clear();
        }

        var exception = end.Kind == SessionEndKind.Completed ? null : new ResumeResetException(end);
        Pipes.ToApplication.Complete(exception);
        Pipes.FromApplication.Complete(exception);
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
                output.Write(Frames.Sentence(Frames.Reset, (byte)over.Fault, over.Sentence));
                return Asked.Reset;
            }

            if (!(_isFinAcknowledged && _isFinAckFlushed))
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
            if (!_replay.TryTake(header, out headerLength, out chunk))
            {
                return false;
            }

            _isAnswerDue = !_isFinReceived;
            _expectsSince = expected ? _expectsSince : _time.GetTimestamp();
            return true;
        }
    }

    public void ReturnChunk()
    {
        lock (Gate)
        {
            _replay.Unpin();
        }
    }

    /// <summary>Moves bytes of the application into the replay buffer.</summary>
    /// <param name="hasRoom">False when only the peer can change that there is nothing to do.</param>
    public bool TryFill(out bool hasRoom)
    {
        lock (Gate)
        {
            hasRoom = !_isApplicationDone && _replay.HasRoom;
            if (!hasRoom || !Pipes.FromApplication.TryRead(out var result))
            {
                return false;
            }

            var taken = result.Buffer.IsEmpty ? 0 : _replay.Append(result.Buffer);
            hasRoom = _replay.HasRoom;
            Pipes.FromApplication.AdvanceTo(result.Buffer.GetPosition(taken));
            _isApplicationDone = result.IsCompleted && taken == result.Buffer.Length;
            hasRoom &= !_isApplicationDone;
            return taken > 0 || _isApplicationDone;
        }
    }

    /// <summary>True when a sender that is about to wait must not.</summary>
    public bool HasWork(LegRun run, bool hadRoom)
    {
        lock (Gate)
        {
            return _over is not null || _isAckAsked || _isPingAsked || _pong is not null || IsFinDue(run) || (_isFinAcknowledged && _isFinAckFlushed)
                || (!hadRoom && !_isApplicationDone && _replay.HasRoom);
        }
    }

    // ---- Of the receiver

    public void Heard() => Volatile.Write(ref _heardAt, _time.GetTimestamp());

    /// <summary>Asks for an ACK when so many bytes were not told of; sees to it that one comes in time otherwise.</summary>
    public void AcknowledgeBeyond(int bytes)
    {
        lock (Gate)
        {
            var untold = _received - _receivedTold;
            if (untold < bytes)
            {
                StartAckTimer(untold > 0, s_acknowledgeWithin);
                return;
            }

            _isAckAsked = true;
        }

        Wakeup.Wake();
    }

    /// <summary>DATA begins.</summary>
    public ResumeFault CheckData(ulong offset)
    {
        lock (Gate)
        {
            _isAnswerDue = false;
            return _isFinReceived ? ResumeFault.DataAfterFin
                : offset > (ulong)_received ? ResumeFault.DataGap
                : offset < (ulong)_received ? ResumeFault.DataOverlap
                : ResumeFault.None;
        }
    }

    /// <summary>Takes bytes over. An application that reads no more does not get them; they count as received, for the peer's FIN is still to come.</summary>
    public void Receive(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            if (!_isApplicationDeaf)
            {
                Pipes.ToApplication.Write(segment.Span);
            }

            _receivedHash.Append(segment.Span);
        }

        lock (Gate)
        {
            _received += bytes.Length;
            _isHandOverDue = true;
        }
    }

    /// <summary>Hands what was taken over to the application, and waits while that has too much.</summary>
    public async ValueTask HandOverAsync(CancellationToken token)
    {
        if (!_isHandOverDue || _isFinReceived || _isApplicationDeaf)
        {
            return;
        }

        _isHandOverDue = false;
        var flushing = Pipes.ToApplication.FlushAsync(token);
        if (flushing.IsCompleted)
        {
            _isApplicationDeaf = (await flushing).IsCompleted;
            return;
        }

        lock (Gate)
        {
            _isBlocked = true;
            StartAckTimer(isWanted: true, s_acknowledgeWithin);
        }

        try
        {
            _isApplicationDeaf = (await flushing).IsCompleted;
        }
        finally
        {
            Heard();
            Volatile.Write(ref _isBlocked, false);
        }
    }

    public ResumeFault TakeAck(ulong offset, bool isFinished)
    {
        lock (Gate)
        {
            if (offset > (ulong)_replay.Cursor || (isFinished && (!_isFinSent || offset != (ulong)_replay.End)))
            {
                return ResumeFault.AckBeyondSent;
            }

            if (offset < (ulong)_replay.Acknowledged)
            {
                return ResumeFault.AckBackwards;
            }

            _replay.Acknowledge((long)offset);
            _acknowledgedAt = _time.GetTimestamp();
            _isFinAcknowledged |= isFinished;
        }

        if (isFinished)
        {
            Wakeup.Wake();
        }
        else
        {
            Wakeup.WakeForRoom();
        }

        return ResumeFault.None;
    }

    public ResumeFault TakeFin(ulong offset)
    {
        lock (Gate)
        {
            if (offset != (ulong)_received)
            {
                return _isFinReceived ? ResumeFault.DataAfterFin : ResumeFault.FinMismatch;
            }

            _isAnswerDue = false;
            _isFinReceived = true;
            _isAckAsked = true;
        }

        // The application gets what was not flushed too, and then the end.
        Pipes.ToApplication.Complete();
        Wakeup.Wake();
        return ResumeFault.None;
    }

    public void TakePing(ulong number)
    {
        lock (Gate)
        {
            _pong = number;
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
            // While the application is behind nothing is read, so nothing can be heard.
            return (_isBlocked ? _time.GetTimestamp() : Volatile.Read(ref _heardAt), Expects ? _expectsSince : null);
        }
    }

    /// <summary>How long nothing came, and how long nothing was acknowledged although there is something to acknowledge.</summary>
    public (TimeSpan Unheard, TimeSpan Unacknowledged) Stalled()
    {
        lock (Gate)
        {
            var (heardAt, since) = Quiet();
            var isOwed = _replay.Acknowledged < _replay.Cursor || (_isFinSent && !_isFinAcknowledged);
            return (_time.GetElapsedTime(heardAt), isOwed && since is { } from ? _time.GetElapsedTime(Math.Max(from, _acknowledgedAt)) : TimeSpan.Zero);
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

    private bool Expects => _replay.Acknowledged < _replay.Cursor || (_isFinSent && !_isFinAcknowledged) || _isAnswerDue;

    private bool IsFinDue(LegRun run) => _isApplicationDone && !_isFinAcknowledged && !run.IsFinSent && _replay.Cursor == _replay.End;

    private Asked WriteAsked(PipeWriter output, LegRun run)
    {
        var asked = Asked.Nothing;
        if (_isAckAsked)
        {
            (_isAckAsked, _receivedTold) = (false, _received);
            LegSender.WriteAck(output, _received, _isFinReceived);
            asked = _isFinReceived ? Asked.FinAcknowledged : Asked.Frames;
        }

        if (_pong is { } pong)
        {
            _pong = null;
            LegSender.WriteNumber(output, Frames.Pong, pong);
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        if (_isPingAsked)
        {
            _isPingAsked = false;
            LegSender.WriteNumber(output, Frames.Ping, (ulong)_time.GetTimestamp());
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        if (IsFinDue(run))
        {
            _expectsSince = Expects ? _expectsSince : _time.GetTimestamp();
            run.IsFinSent = _isFinSent = true;
            LegSender.WriteNumber(output, Frames.Fin, (ulong)_replay.End);
            asked = asked == Asked.Nothing ? Asked.Frames : asked;
        }

        return asked;
    }

    private void StartAckTimer(bool isWanted, TimeSpan due)
    {
        if (isWanted && !_isAckTimed && _over is null)
        {
            _isAckTimed = true;
            _acknowledgeTimer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void AcknowledgeInTime()
    {
        lock (Gate)
        {
            _isAckTimed = false;
            StartAckTimer(_isBlocked, s_repeatWhileBlocked);
            if (!_isBlocked && _received == _receivedTold)
            {
                return;
            }

            _isAckAsked = true;
        }

        Wakeup.Wake();
    }

    private T Locked<T>(Func<SessionStream, T> read)
    {
        lock (Gate)
        {
            return read(this);
        }
    }
}
