namespace Headgate.Portal.Provider.Gateways;

/// <summary>Bytes by time: the last <see cref="Steps"/> steps of <see cref="Step"/>. Not thread-safe.</summary>
internal sealed class TrafficSeries
{
    public const int Steps = 120;
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    // What was moved in a step is known only when every gateway's load after its end has been read.
    private static readonly TimeSpan s_settles = TimeSpan.FromSeconds(4);

    private readonly double[] _up = new double[Steps + 2];
    private readonly double[] _down = new double[Steps + 2];
    private long _newest = long.MinValue;
    private long _first = long.MaxValue;

    /// <summary>Says that from <paramref name="at"/> on what is moved is known.</summary>
    public void Begin(DateTimeOffset at) => _first = Math.Min(_first, StepOf(at));

    /// <summary>Bytes moved between two moments, spread evenly over them; what is older than the series is dropped.</summary>
    public void Add(DateTimeOffset from, DateTimeOffset to, long up, long down)
    {
        var span = (to - from).Ticks;
        if (span <= 0)
        {
            return;
        }

        Advance(StepOf(to));
        for (var step = Math.Max(StepOf(from), _newest - _up.Length + 1); step <= StepOf(to); step++)
        {
            var begins = Math.Max(step * Step.Ticks, from.UtcTicks);
            var ends = Math.Min((step + 1) * Step.Ticks, to.UtcTicks);
            var share = (ends - begins) / (double)span;
            _up[Slot(step)] += up * share;
            _down[Slot(step)] += down * share;
        }
    }

    /// <summary>Rates of the last <see cref="Steps"/> whole steps, oldest first; <see cref="TrafficRate.Unknown"/> before <see cref="Begin"/>.</summary>
    public ImmutableArray<TrafficRate> Read(DateTimeOffset now)
    {
        var last = StepOf(now - s_settles) - 1;
        Advance(last);
        var rates = ImmutableArray.CreateBuilder<TrafficRate>(Steps);
        for (var step = last - Steps + 1; step <= last; step++)
        {
            rates.Add(step < _first ? TrafficRate.Unknown
                : step <= _newest - _up.Length ? TrafficRate.None
                : new TrafficRate(_up[Slot(step)] / Step.TotalSeconds, _down[Slot(step)] / Step.TotalSeconds));
        }

        return rates.MoveToImmutable();
    }

    private static long StepOf(DateTimeOffset at) => at.UtcTicks / Step.Ticks;

    private int Slot(long step) => (int)(step % _up.Length);

    private void Advance(long step)
    {
        if (step <= _newest)
        {
            return;
        }

        for (var cleared = Math.Max(_newest + 1, step - _up.Length + 1); cleared <= step; cleared++)
        {
            (_up[Slot(cleared)], _down[Slot(cleared)]) = (0, 0);
        }

        _newest = step;
    }
}
