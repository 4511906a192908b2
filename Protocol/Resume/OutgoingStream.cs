using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>The direction from the application to the peer: replay buffer, the application's waiting for room in it, FIN, and what the peer acknowledges.</summary>
internal sealed class OutgoingStream(ResumeLimits limits, ReplayBudget budget, TimeProvider time, Lock gate)
{
    /// <summary>An application that is so far ahead of the sender waits, as otherwise all of its bytes would leave the processor's cache before they are encrypted.</summary>
    private const int PauseBytes = 256 * 1024;
    private const int ContinueBytes = 128 * 1024;

    private readonly ReplayBuffer _replay = new(limits.ReplayBytes, budget);
    private TaskCompletionSource<FlushResult>? _waiting;
    private bool _isCancelled;
    private bool _isDone;
    private bool _isClosed;
    private Exception? _fault;

    /// <summary>FIN was written, on some leg.</summary>
    public bool IsFinSent { get; private set; }

    /// <summary>The peer has all.</summary>
    public bool IsFinAcknowledged { get; private set; }

    /// <summary>Bytes up to here are in frames.</summary>
    public long End => _replay.End;

    public long Acknowledged => _replay.Acknowledged;

    public long HeldBytes => _replay.HeldBytes;

    /// <summary>When the peer acknowledged something last.</summary>
    public long AcknowledgedAt { get; private set; }

    /// <summary>The peer has an acknowledgement to give.</summary>
    public bool IsOwed => _replay.Acknowledged < _replay.Cursor || (IsFinSent && !IsFinAcknowledged);

    /// <summary>There is something to write to the leg.</summary>
    public bool HasChunk => _replay.Cursor < _replay.End;

    /// <summary>The application waits, all was sent, and only an acknowledgement makes room.</summary>
    public bool IsFull => _waiting is not null && _replay.Cursor == _replay.End && !_replay.HasRoom;

    // ---- Of the application

    public long Unflushed
    {
        get
        {
            lock (gate)
            {
                return _replay.Unsealed;
            }
        }
    }

    public Memory<byte> Lend(int atLeast)
    {
        lock (gate)
        {
            return _isDone ? throw new InvalidOperationException("The output was completed: nothing can be written any more.") : _replay.Lend(atLeast);
        }
    }

    public void Advance(int bytes)
    {
        lock (gate)
        {
            _replay.Advance(bytes);
        }
    }

    public void Flush()
    {
        lock (gate)
        {
            _replay.Flush();
        }
    }

    /// <summary>Completes when the application may write more.</summary>
    public ValueTask<FlushResult> WaitForRoomAsync(CancellationToken token)
    {
        TaskCompletionSource<FlushResult> waiting;
        lock (gate)
        {
            if (_fault is { } fault)
            {
                return ValueTask.FromException<FlushResult>(fault);
            }

            if (_isClosed || _isCancelled || MayWrite(PauseBytes))
            {
                var result = new FlushResult(_isCancelled, _isClosed);
                _isCancelled = false;
                return new ValueTask<FlushResult>(result);
            }

            waiting = _waiting ??= new TaskCompletionSource<FlushResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return new ValueTask<FlushResult>(waiting.Task.WaitAsync(token));
    }

    public void CancelWait()
    {
        lock (gate)
        {
            if (!TryEndWait(new FlushResult(isCanceled: true, isCompleted: false)))
            {
                _isCancelled = true;
            }
        }
    }

    /// <summary>The application writes no more.</summary>
    public void Finish()
    {
        lock (gate)
        {
            _isDone = true;
            _replay.Flush();
        }
    }

    // ---- Of the session

    /// <summary>Why the next leg cannot begin at an offset, or that it does.</summary>
    public ResumeFault SeekTo(long offset, ulong hash)
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
        Continue();
        return ResumeFault.None;
    }

    /// <summary>The session is over, no leg runs: gives everything back and tells the application.</summary>
    public void Close(Exception? fault)
    {
        lock (gate)
        {
            (_isClosed, _fault) = (true, fault);
            _replay.Close();
            if (fault is null)
            {
                TryEndWait(new FlushResult(isCanceled: false, isCompleted: true));
            }
            else if (_waiting is { } waiting)
            {
                _waiting = null;
                waiting.SetException(fault);
            }
        }
    }

    // ---- Of the sender; the session's lock is held

    public bool TryTakeChunk(Span<byte> header, out int headerLength, out ReadOnlyMemory<byte> chunk)
    {
        if (!_replay.TryTake(header, out headerLength, out chunk))
        {
            return false;
        }

        Continue();
        return true;
    }

    public void ReturnChunk()
    {
        _replay.Unpin();
        Continue();
    }

    public bool IsFinDue(LegRun run) => _isDone && !IsFinAcknowledged && !run.IsFinSent && !HasChunk;

    public long TakeFin(LegRun run)
    {
        run.IsFinSent = IsFinSent = true;
        return _replay.End;
    }

    // ---- Of the receiver; the session's lock is held

    public ResumeFault TakeAck(ulong offset, bool isFinished)
    {
        if (offset > (ulong)_replay.Cursor || (isFinished && (!IsFinSent || offset != (ulong)_replay.End)))
        {
            return ResumeFault.AckBeyondSent;
        }

        if (offset < (ulong)_replay.Acknowledged)
        {
            return ResumeFault.AckBackwards;
        }

        _replay.Acknowledge((long)offset);
        AcknowledgedAt = time.GetTimestamp();
        IsFinAcknowledged |= isFinished;
        Continue();
        return ResumeFault.None;
    }

    private bool MayWrite(int ahead) => _isDone || (_replay.End - _replay.Cursor <= ahead && _replay.HasRoom);

    /// <summary>Lets an application go on that waited.</summary>
    private void Continue()
    {
        if (_waiting is not null && MayWrite(ContinueBytes))
        {
            TryEndWait(default);
        }
    }

    private bool TryEndWait(FlushResult result)
    {
        var waiting = _waiting;
        _waiting = null;
        return waiting?.TrySetResult(result) ?? false;
    }
}
