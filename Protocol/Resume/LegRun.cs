namespace Headgate.Protocol.Resume;

/// <summary>A leg while it is a session's present one.</summary>
internal sealed class LegRun(ResumeLeg leg, TimeProvider time)
{
    private readonly CancellationTokenSource _stop = new(Timeout.InfiniteTimeSpan, time);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ResumeLeg Leg { get; } = leg;

    /// <summary>Both loops run, or ran.</summary>
    public bool IsStarted { get; set; }

    /// <summary>FIN was written on this leg.</summary>
    public bool IsFinSent { get; set; }

    /// <summary>A newer leg took over, or the caller gave it up.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Nothing came although something was asked.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Bytes of both directions that were known to have arrived when it began.</summary>
    public long ArrivedBefore { get; set; }

    public CancellationToken StopToken => _stop.Token;

    /// <summary>Completes when nothing of the leg touches the session any more.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Lets go of the connection; both loops end soon.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>As <see cref="Stop"/>, but leaves what is being written that much time.</summary>
    public void StopAfter(TimeSpan grace) => _stop.CancelAfter(grace);

    /// <summary>Nothing of the leg touches the session any more.</summary>
    /// <remarks>The source is left to the collector: a timer of the watch may still call <see cref="Stop"/>, and holds nothing but memory.</remarks>
    public void SetStopped() => _stopped.TrySetResult();
}
