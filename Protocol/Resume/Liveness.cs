namespace Headgate.Protocol.Resume;

/// <summary>The client's watch over one leg: asks when it is quiet for too long, and gives the leg up when that is not answered. Measured by timestamps: a clock that is set changes nothing.</summary>
internal sealed class Liveness : IDisposable
{
    private const int TicksPerSilence = 4;

    private readonly SessionStream _stream;
    private readonly LegRun _run;
    private readonly TimeProvider _time;
    private readonly ResumeLimits _limits;
    private readonly ITimer _timer;
    private long? _askedAt;

    public Liveness(SessionStream stream, LegRun run, TimeProvider time, ResumeLimits limits)
    {
        (_stream, _run, _time, _limits) = (stream, run, time, limits);
        var period = limits.Silence / TicksPerSilence;
        _timer = time.CreateTimer(static state => ((Liveness)state!).Tick(), this, period, period);
    }

    private void Tick()
    {
        var (heardAt, expectsSince) = _stream.Quiet();
        if (_askedAt is { } askedAt)
        {
            if (heardAt >= askedAt)
            {
                _askedAt = null;
            }
            else if (_time.GetElapsedTime(askedAt) >= _limits.Silence)
            {
                _run.IsSilent = true;
                _run.Stop();
            }
        }
        else if (_time.GetElapsedTime(heardAt) >= _limits.IdlePing
            || (expectsSince is { } since && _time.GetElapsedTime(Math.Max(since, heardAt)) >= _limits.Silence))
        {
            _askedAt = _time.GetTimestamp();
            _stream.AskPeer();
        }
    }

    public void Dispose() => _timer.Dispose();
}
