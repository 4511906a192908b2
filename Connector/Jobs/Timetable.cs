using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Connector.Jobs;

/// <summary>
/// When a job's next run is to begin, and what has passed without one. Goes by the clock on the wall as it stands at each question, so a clock that is set, a machine that
/// slept and a service that was stopped are all the same to it: due times that passed. Not safe for concurrent use.
/// </summary>
internal sealed class Timetable
{
    /// <summary>A run that begins this much later than due still begins in time.</summary>
    public static readonly TimeSpan InTime = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A clock that is set back by less repeats nothing that has its hours given; set back by more, what was dealt with since then was dealt with by a wrong clock.
    /// </summary>
    public static readonly TimeSpan SmallStepBack = TimeSpan.FromHours(3);

    private const int MostCounted = 10_000;

    private readonly CronSchedule _schedule;
    private readonly MissedRule _missed;
    private readonly TimeSpan _jitter;
    private readonly string _seed;
    private DateTimeOffset? _makeUp;

    /// <param name="schedule">The schedule.</param>
    /// <param name="missed">What becomes of due times that passed.</param>
    /// <param name="jitter">The most that a due time is put off.</param>
    /// <param name="seed">Tells this job on this machine from all others.</param>
    /// <param name="accounted">All up to here was dealt with.</param>
    public Timetable(CronSchedule schedule, MissedRule missed, TimeSpan jitter, string seed, DateTimeOffset accounted) =>
        (_schedule, _missed, _jitter, _seed, Accounted) = (schedule, missed, jitter, seed, accounted);

    /// <summary>All due times up to this one were dealt with.</summary>
    public DateTimeOffset Accounted { get; private set; }

    /// <summary>Whether a run that makes up for some of them was put off, and is yet to begin.</summary>
    public bool IsMakingUp => _makeUp is not null;

    /// <summary>When the next run is to begin, as far as can be told; null for never.</summary>
    public DateTimeOffset? Next => _makeUp is { } makeUp && (Planned() is not { } planned || makeUp < planned) ? makeUp : Planned();

    /// <summary>What is to be done at <paramref name="now"/>. A run that is told is dealt with.</summary>
    public TimetableNews Ask(DateTimeOffset now)
    {
        if (Accounted > now && (_schedule.GoesByInterval || Accounted - now > SmallStepBack))
        {
            Accounted = now;
        }

        if (_makeUp is { } makeUp && makeUp - now > _jitter)
        {
            // The clock was set back while it was put off.
            _makeUp = now + _jitter;
        }

        if (_schedule.NextAfter(Accounted) is { } due && PutOff(due) <= now)
        {
            var isInTime = now - PutOff(due) <= InTime;
            var (last, count) = Pass(due, now);
            if (isInTime || (_missed == MissedRule.Run && _jitter == TimeSpan.Zero))
            {
                _makeUp = null;
                return new TimetableNews(IsDue: true, last, isInTime ? 0 : count);
            }

            if (_missed == MissedRule.Skip)
            {
                return new TimetableNews(IsDue: false, last, count);
            }

            _makeUp = now + (_jitter * Share(last));
            return new TimetableNews(IsDue: false, null, 0);
        }

        if (_makeUp <= now)
        {
            _makeUp = null;
            return new TimetableNews(IsDue: true, Accounted, 1);
        }

        return default;
    }

    private DateTimeOffset? Planned() => _schedule.NextAfter(Accounted) is { } due ? PutOff(due) : null;

    private DateTimeOffset PutOff(DateTimeOffset due) => due + (_jitter * Share(due));

    // The same each time it is asked for, also after a restart.
    private double Share(DateTimeOffset due)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_seed}\n{due.UtcTicks}")));
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) / (double)uint.MaxValue;
    }

    /// <summary>Deals with everything that is due up to now.</summary>
    private (DateTimeOffset Last, int Count) Pass(DateTimeOffset due, DateTimeOffset now)
    {
        var count = 0;
        for (DateTimeOffset? next = due; next <= now; next = _schedule.NextAfter(Accounted))
        {
            Accounted = next.Value;
            if (++count == MostCounted)
            {
                Accounted = now;
                break;
            }
        }

        return (Accounted, count);
    }
}
