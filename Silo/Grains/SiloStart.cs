namespace Headgate.Silo.Grains;

/// <summary>
/// Since when this silo runs, and since when without a pause of its own: nobody can have been silent towards it for longer. A process that was stopped, a host
/// that slept and a clock that was set look the same from here as everybody else falling silent. <see cref="PauseWatch"/> ticks it; one that is never ticked
/// notices no pause. Safe for concurrent use.
/// </summary>
internal sealed class SiloStart(TimeProvider time)
{
    /// <summary>Ticks that are further apart than this had a pause between them; so had those between which the wall clock went another way than time did.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly long _began = time.GetTimestamp();
    private long _trusted = time.GetTimestamp();
    private (long At, DateTimeOffset Wall)? _tick;
    private TimeSpan? _pause;

    /// <summary>When it started, by the wall clock.</summary>
    public DateTimeOffset At { get; } = time.NowInMilliseconds();

    /// <summary>Now, by a clock that nobody can set: moments of this process are compared by it.</summary>
    public DateTimeOffset Steady => At + time.GetElapsedTime(_began);

    /// <summary>How long it has run without a pause. Looks for one itself, so that who asks first after a pause is not told what was true before it.</summary>
    public TimeSpan TrustedFor
    {
        get
        {
            lock (_lock)
            {
                if (_tick is not null)
                {
                    Note();
                }
                return time.GetElapsedTime(_trusted);
            }
        }
    }

    /// <summary>This silo is running; answers how long it paused since the last tick, whoever noticed, or null.</summary>
    public TimeSpan? Tick()
    {
        lock (_lock)
        {
            Note();
            var pause = _pause;
            _pause = null;
            return pause;
        }
    }

    private void Note()
    {
        var (now, wall) = (time.GetTimestamp(), time.GetUtcNow());
        var passed = _tick is { } last ? time.GetElapsedTime(last.At, now) : TimeSpan.Zero;
        var jumped = _tick is { } before ? wall - before.Wall - passed : TimeSpan.Zero;
        _tick = (now, wall);
        if (passed <= Pause && jumped.Duration() <= Pause)
        {
            return;
        }
        _trusted = now;
        _pause = passed + (jumped > TimeSpan.Zero ? jumped : TimeSpan.Zero);
    }
}
