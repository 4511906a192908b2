using System.Buffers;
using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>The direction from the peer to the application: what was taken over and its hash, the application's pipe, FIN, and when an ACK is due.</summary>
internal sealed class IncomingStream
{
    private const int PauseBytes = 256 * 1024;
    private const int ContinueBytes = 128 * 1024;

    private static readonly TimeSpan s_acknowledgeWithin = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a receiver that cannot hand bytes over repeats its ACK, so that the peer hears that the leg is well.</summary>
    private static readonly TimeSpan s_repeatWhileBlocked = TimeSpan.FromMilliseconds(250);

    private static readonly PipeOptions s_options =
        new(pauseWriterThreshold: PauseBytes, resumeWriterThreshold: ContinueBytes, minimumSegmentSize: 64 * 1024, useSynchronizationContext: false);

    private readonly Pipe _pipe = new(s_options);
    private readonly TimeProvider _time;
    private readonly Lock _gate;
    private readonly Action _askForAck;
    private readonly ITimer _ackTimer;

    private StreamHash _hash = StreamHash.Create();
    private long _told;
    private long _heardAt;
    private bool _isAckTimed;
    private bool _isApplicationDeaf;
    private bool _isHandOverDue;
    private bool _isBlocked;
    private bool _isOver;

    /// <param name="time">Time.</param>
    /// <param name="gate">The session's lock.</param>
    /// <param name="askForAck">Wakes the sender; called without the lock, from a timer.</param>
    public IncomingStream(TimeProvider time, Lock gate, Action askForAck)
    {
        (_time, _gate, _askForAck) = (time, gate, askForAck);
        _ackTimer = time.CreateTimer(static state => ((IncomingStream)state!).AcknowledgeInTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _heardAt = time.GetTimestamp();
    }

    /// <summary>Where the application reads.</summary>
    public PipeReader Reader => _pipe.Reader;

    /// <summary>Bytes that were taken over.</summary>
    public long Received { get; private set; }

    /// <summary>What a new leg tells of them. No leg runs.</summary>
    public ulong Hash => _hash.Value;

    public bool IsFinReceived { get; private set; }

    /// <summary>The sender is to write an ACK.</summary>
    public bool IsAckAsked { get; private set; }

    /// <summary>Bytes taken over that the application was not told of. The receiver's own.</summary>
    public int BytesToHandOver { get; private set; }

    /// <summary>When something came last; while the application is behind nothing is read, so nothing can be heard.</summary>
    public long HeardAt => Volatile.Read(ref _isBlocked) ? _time.GetTimestamp() : Volatile.Read(ref _heardAt);

    public void Heard() => Volatile.Write(ref _heardAt, _time.GetTimestamp());

    /// <summary>Another leg begins. The session's lock is held.</summary>
    public void BeginLeg()
    {
        _told = Received;
        IsAckAsked = IsFinReceived;
        _isHandOverDue = true;
        Heard();
    }

    /// <summary>Has an ACK written if there is something to tell. The session's lock is held.</summary>
    public void AskForAck() => IsAckAsked |= Received > _told;

    /// <summary>An ACK is about to be written: of so many bytes. The session's lock is held.</summary>
    public long TakeAck()
    {
        (IsAckAsked, _told) = (false, Received);
        return Received;
    }

    /// <summary>Sees to it that an ACK is written in time.</summary>
    /// <returns>True when it is to be written now: so many bytes were not told of.</returns>
    public bool IsAckDue(int bytes)
    {
        // Only the receiver, who asks, raises the first number; the second one is at most more than is seen here.
        if (Received - Volatile.Read(ref _told) < bytes && Volatile.Read(ref _isAckTimed))
        {
            return false;
        }

        lock (_gate)
        {
            var untold = Received - _told;
            if (untold >= bytes)
            {
                return IsAckAsked = true;
            }

            StartTimer(untold > 0, s_acknowledgeWithin);
            return false;
        }
    }

    /// <summary>DATA begins. The session's lock is held.</summary>
    public ResumeFault CheckData(ulong offset) =>
        IsFinReceived ? ResumeFault.DataAfterFin
        : offset > (ulong)Received ? ResumeFault.DataGap
        : offset < (ulong)Received ? ResumeFault.DataOverlap
        : ResumeFault.None;

    /// <summary>Takes bytes over. An application that reads no more does not get them; they count as received, for the peer's FIN is still to come.</summary>
    public void Receive(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            if (!_isApplicationDeaf)
            {
                _pipe.Writer.Write(segment.Span);
            }

            _hash.Append(segment.Span);
        }

        BytesToHandOver += (int)bytes.Length;
        lock (_gate)
        {
            Received += bytes.Length;
            _isHandOverDue = true;
        }
    }

    /// <summary>Hands what was taken over to the application, and waits while that has too much.</summary>
    public async ValueTask HandOverAsync(CancellationToken token)
    {
        if (!_isHandOverDue || IsFinReceived || _isApplicationDeaf)
        {
            return;
        }

        _isHandOverDue = false;
        BytesToHandOver = 0;
        // Given a cancelled token, the pipe would take the bytes and never wake its reader.
        var flushing = _pipe.Writer.FlushAsync(CancellationToken.None);
        if (flushing.IsCompleted)
        {
            _isApplicationDeaf = (await flushing).IsCompleted;
            return;
        }

        lock (_gate)
        {
            _isBlocked = true;
            StartTimer(isWanted: true, s_acknowledgeWithin);
        }

        try
        {
            await using var stopped = token.UnsafeRegister(static writer => ((PipeWriter)writer!).CancelPendingFlush(), _pipe.Writer);
            _isApplicationDeaf = (await flushing).IsCompleted;
            token.ThrowIfCancellationRequested();
        }
        finally
        {
            Heard();
            Volatile.Write(ref _isBlocked, false);
        }
    }

    /// <summary>The leg is over: the application gets what came, and nobody waits for it; the next leg does.</summary>
    public async ValueTask HandOverRestAsync()
    {
        if (BytesToHandOver == 0 || IsFinReceived || _isApplicationDeaf)
        {
            return;
        }

        BytesToHandOver = 0;
        var flushing = _pipe.Writer.FlushAsync(CancellationToken.None);
        if (!flushing.IsCompleted)
        {
            _pipe.Writer.CancelPendingFlush();
        }

        _isApplicationDeaf = (await flushing).IsCompleted;
    }

    public ResumeFault TakeFin(ulong offset)
    {
        lock (_gate)
        {
            if (offset != (ulong)Received)
            {
                return IsFinReceived ? ResumeFault.DataAfterFin : ResumeFault.FinMismatch;
            }

            IsFinReceived = true;
            IsAckAsked = true;
        }

        // The application gets what was not flushed too, and then the end.
        _pipe.Writer.Complete();
        return ResumeFault.None;
    }

    /// <summary>The session is over: a receiver that waits for the application need not any more.</summary>
    public void StopWaiting()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        _pipe.Writer.CancelPendingFlush();
    }

    /// <summary>Tells the application. No leg runs, none will.</summary>
    public void Close(Exception? fault)
    {
        _ackTimer.Dispose();
        _pipe.Writer.Complete(fault);
    }

    private void StartTimer(bool isWanted, TimeSpan due)
    {
        if (isWanted && !_isAckTimed && !_isOver)
        {
            _isAckTimed = true;
            _ackTimer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void AcknowledgeInTime()
    {
        lock (_gate)
        {
            _isAckTimed = false;
            StartTimer(_isBlocked, s_repeatWhileBlocked);
            if (!_isBlocked && Received == _told)
            {
                return;
            }

            IsAckAsked = true;
        }

        _askForAck();
    }
}
