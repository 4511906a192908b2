using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>One end of a resumable stream: one connection of the tool, whatever carries it. Safe for all threads.</summary>
public sealed class ResumeSession : IAsyncDisposable
{
    /// <summary>What a leg gets to say RESET, or its last ACK, once all is over.</summary>
    /// <summary>So many times the usual silence a client bears at most on a way that seems slow.</summary>
    private const int MostPatience = 8;

    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a session without a leg waits when both directions have ended and only the acknowledgement of an end may be missing: the peer may be done and
    /// never come back.
    /// </summary>
    private static readonly TimeSpan s_lastAcknowledgement = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<SessionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _attaching = new(1);
    private readonly TimeProvider _time;
    private readonly ResumeLimits _limits;
    private readonly ITimer _waitTimer;
    private LegRun? _run;
    private SessionEnd? _end;
    private SessionGaps _gaps;
    private long? _gapSince;
    private uint _newestLeg = 1;
    private int _legs = 1;
    private int _patience = 1;

    internal ResumeSession(UInt128 id, byte[] secret, ResumeBinding binding, ulong epoch, ResumeLeg firstLeg, ResumeLimits limits, ReplayBudget budget, TimeProvider time)
    {
        (Id, Secret, Binding, Epoch, _limits, _time) = (id, secret, binding, epoch, limits, time);
        _run = new LegRun(firstLeg, time);
        Stream = new SessionStream(limits, budget, time, end => TryEnd(end));
        _waitTimer = time.CreateTimer(static state => ((ResumeSession)state!).Expire(), this, limits.Wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The id that the server drew.</summary>
    public UInt128 Id { get; }

    /// <summary>To whom it belongs.</summary>
    public ResumeBinding Binding { get; }

    /// <summary>The boot epoch of the server's process.</summary>
    public ulong Epoch { get; }

    /// <summary>
    /// The connection as the application sees it. <see cref="IDuplexPipe.Input"/> has the peer's bytes and ends when the peer's direction is complete;
    /// <see cref="IDuplexPipe.Output"/> takes ours: its completion is a half-close, its completion with an exception resets the session.
    /// Both throw <see cref="ResumeResetException"/> once the session was reset.
    /// </summary>
    public IDuplexPipe Application => Stream.Pipes;

    /// <summary>Completes when the session is over and nothing of it runs; never fails.</summary>
    public Task<SessionEnd> Ended => _ended.Task;

    /// <summary>Bytes of ours that were taken from the application to be sent.</summary>
    public long Sent => Stream.Sent;

    /// <summary>Bytes of ours that the peer took over.</summary>
    public long Acknowledged => Stream.Acknowledged;

    /// <summary>Bytes of the peer that came.</summary>
    public long Received => Stream.Received;

    /// <summary>Bytes of memory that the replay buffer holds.</summary>
    public long HeldBytes => Stream.HeldBytes;

    /// <summary>Legs so far, the first one among them.</summary>
    public int Legs => Volatile.Read(ref _legs);

    /// <summary>The gaps between them.</summary>
    public SessionGaps Gaps
    {
        get
        {
            lock (Stream.Gate)
            {
                return _gaps;
            }
        }
    }

    /// <summary>True while a leg carries the session.</summary>
    public bool IsAttached
    {
        get
        {
            lock (Stream.Gate)
            {
                return _run is { IsStarted: true } && _end is null;
            }
        }
    }

    internal byte[] Secret { get; }

    internal SessionStream Stream { get; }

    /// <summary>Resets the session and tells the peer on the present leg, if there is one. Without effect on a session that is over.</summary>
    public void Abort(ResumeFault why) => TryEnd(Ends.ByUs(why));

    /// <summary>Resets the session if it is not over, and waits until nothing of it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        Abort(ResumeFault.ApplicationReset);
        await Ended;
    }

    /// <summary>Ends the session unless it has ended.</summary>
    internal bool TryEnd(SessionEnd end)
    {
        LegRun? running;
        lock (Stream.Gate)
        {
            if (_end is not null)
            {
                return false;
            }

            _end = end;
            running = _run is { IsStarted: true } ? _run : null;
            running?.StopAfter(s_lastWords);
        }

        Stream.SetOver(end);
        if (running is null)
        {
            Close(end);
        }

        return true;
    }

    /// <summary>The number of the client's next leg.</summary>
    internal uint NextLeg() => Interlocked.Increment(ref _newestLeg);

    /// <summary>Ends the present leg, then begins the next where the peer says that it is.</summary>
    /// <param name="leg">The new leg.</param>
    /// <param name="number">Its number, as the server took it from RESUME; null at the client, which counts by itself.</param>
    /// <param name="greet">Told when no leg runs any more what we have received; returns what the peer has. Null gives up: the session stays as it is.</param>
    /// <param name="token">The caller's deadline.</param>
    internal async Task<AttachOutcome> AttachAsync(ResumeLeg leg, uint? number, Func<long, ulong, Task<(long Received, ulong Hash)?>> greet, CancellationToken token)
    {
        await _attaching.WaitAsync(token);
        try
        {
            if (number is { } told)
            {
                if (told <= _newestLeg)
                {
                    return AttachOutcome.OldLeg;
                }

                _newestLeg = told;
            }

            await ReplaceAsync(token);
            if (Stream.IsOver)
            {
                return AttachOutcome.Over;
            }

            var (received, hash) = Stream.Position;
            if (await greet(received, hash) is not { } peer)
            {
                return AttachOutcome.GivenUp;
            }

            var fault = peer.Received < 0 ? ResumeFault.OffsetOutside : Stream.BeginAt(peer.Received, peer.Hash);
            if (fault != ResumeFault.None)
            {
                TryEnd(Ends.ByUs(fault));
                return fault == ResumeFault.HashMismatch ? AttachOutcome.OtherBytes : AttachOutcome.OtherOffset;
            }

            return TryBegin(leg) ? AttachOutcome.Attached : AttachOutcome.Over;
        }
        finally
        {
            _attaching.Release();
        }
    }

    /// <summary>Carries bytes over a leg that the session was opened on or attached to.</summary>
    internal async Task<LegEnd> RunAsync(ResumeLeg leg, bool isClient, CancellationToken token)
    {
        LegRun run;
        lock (Stream.Gate)
        {
            if (_run?.Leg != leg || _end is not null)
            {
                leg.Abort();
                return _end is null ? LegEnd.Replaced : EndOfLeg(_end);
            }

            run = _run;
            run.IsStarted = true;
            run.ArrivedBefore = Acknowledged + Received;
            _waitTimer.Change(_limits.Wait, Timeout.InfiniteTimeSpan);
        }

        using var wake = run.StopToken.UnsafeRegister(static state => ((Wakeup)state!).Wake(), Stream.Wakeup);
        await using var givenUp = token.UnsafeRegister(static state => ((Action)state!)(), () => Replace(run));
        using (isClient ? new Liveness(Stream, run, _time, _limits with { Silence = _limits.Silence * _patience }) : null)
        {
            var receiving = new LegReceiver(Stream, run, isClient).RunAsync();
            var sending = new LegSender(Stream, run).RunAsync();
            try
            {
                await Task.WhenAny(receiving, sending);
                if (sending.IsCompleted && Stream.IsLastWordOurs(isClient))
                {
                    run.StopAfter(s_lastWords);
                    leg.Input.CancelPendingRead();
                    await receiving;
                }
                else if (receiving.IsCompleted && (Stream.IsOver || (Stream.AreBothFinished && Stream.IsFinAcknowledged)))
                {
                    run.StopAfter(s_lastWords);
                    await sending;
                }
            }
            finally
            {
                run.Stop();
                leg.Input.CancelPendingRead();
                if (!Stream.IsOver && !Stream.IsComplete)
                {
                    leg.Abort();
                }

                await Task.WhenAll(receiving, sending);
            }
        }

        return Detach(run);
    }

    private static LegEnd EndOfLeg(SessionEnd end) => end.Kind == SessionEndKind.Completed ? LegEnd.Completed : LegEnd.Reset;

    private void Replace(LegRun run)
    {
        run.IsReplaced = true;
        run.Stop();
        run.Leg.Abort();
    }

    /// <summary>The newest leg wins: the present one is aborted, and nothing of it touches the session once this returns.</summary>
    private async Task ReplaceAsync(CancellationToken token)
    {
        LegRun? run;
        bool isStarted;
        lock (Stream.Gate)
        {
            run = _run;
            isStarted = run is { IsStarted: true };
            _run = isStarted ? run : null;
        }

        if (run is null)
        {
            return;
        }

        if (isStarted)
        {
            Replace(run);
            await run.Stopped.WaitAsync(token);
        }
        else
        {
            run.Leg.Abort();
        }
    }

    private bool TryBegin(ResumeLeg leg)
    {
        lock (Stream.Gate)
        {
            if (_end is not null)
            {
                return false;
            }

            _run = new LegRun(leg, _time);
            _legs++;
            if (_gapSince is { } since)
            {
                var gap = _time.GetElapsedTime(since);
                _gaps = new SessionGaps(_gaps.Count + 1, _gaps.Total + gap, gap > _gaps.Longest ? gap : _gaps.Longest);
                _gapSince = null;
            }

            return true;
        }
    }

    private LegEnd Detach(LegRun run)
    {
        if (Stream.IsComplete)
        {
            TryEnd(Ends.Completed);
        }

        SessionEnd? end;
        lock (Stream.Gate)
        {
            _run = null;
            end = _end;
            if (end is null)
            {
                // Nothing arrived before it fell silent: the way may be slow, and not dead.
                _patience = !run.IsSilent ? 1 : Acknowledged + Received > run.ArrivedBefore ? _patience : Math.Min(2 * _patience, MostPatience);
                _gapSince ??= run.IsSilent ? Stream.Quiet().HeardAt : _time.GetTimestamp();
                _waitTimer.Change(Stream.IsAllButTold && s_lastAcknowledgement < _limits.Wait ? s_lastAcknowledgement : _limits.Wait, Timeout.InfiniteTimeSpan);
            }
        }

        run.Leg.Input.Complete();
        if (end is not null)
        {
            Close(end);
        }

        run.SetStopped();
        return end is not null ? EndOfLeg(end) : run.IsReplaced ? LegEnd.Replaced : run.IsSilent ? LegEnd.Silent : LegEnd.Lost;
    }

    /// <summary>Without a leg the wait is over. With one, a peer that says nothing, or acknowledges nothing, for that long is not there.</summary>
    private void Expire()
    {
        var end = Ends.Expired(_limits.Wait);
        if (IsAttached)
        {
            var (unheard, unacknowledged) = Stream.Stalled();
            var longest = unheard > unacknowledged ? unheard : unacknowledged;
            if (longest < _limits.Wait)
            {
                _waitTimer.Change(_limits.Wait - longest, Timeout.InfiniteTimeSpan);
                return;
            }

            end = unheard < _limits.Wait ? Ends.ByUs(ResumeFault.Stalled) : end;
        }
        else if (Stream.IsAllButTold)
        {
            end = Ends.Completed;
        }

        TryEnd(end);
    }

    private void Close(SessionEnd end)
    {
        _waitTimer.Dispose();
        Stream.Close(end);
        _ended.TrySetResult(end);
    }
}
