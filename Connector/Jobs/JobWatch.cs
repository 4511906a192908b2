using System.Globalization;

namespace Headgate.Connector.Jobs;

/// <summary>One job in the hands of the service: its timetable, the process that runs it, and what waits behind it.</summary>
internal sealed class JobWatch : IDisposable
{
    private readonly JobStore _store;
    private readonly IRunStarter _starter;
    private readonly Action<string> _say;
    private readonly Timetable? _timetable;
    private volatile JobView _view = new(null, null, false);
    private SkippedRun? _skipped;
    private IStartedRun? _run;
    private bool _isQueued;

    /// <param name="job">The job.</param>
    /// <param name="changed">When it was set up, by its file.</param>
    /// <param name="zone">Whose clocks its schedule goes by.</param>
    /// <param name="seed">Tells this machine from all others.</param>
    /// <param name="store">Where it is kept.</param>
    /// <param name="starter">Starts runs.</param>
    /// <param name="say">Tells people.</param>
    /// <exception cref="FormatException">Its schedule cannot be.</exception>
    public JobWatch(JobDefinition job, DateTime changed, TimeZoneInfo zone, string seed, JobStore store, IRunStarter starter, Action<string> say)
    {
        (Job, Changed, _store, _starter, _say) = (job, changed, store, starter, say);
        if (job.ReadSchedule(zone) is { } schedule)
        {
            var accounted = store.RecordOf(job.Job).Accounted is { } known && known > job.Added ? known : job.Added;
            _timetable = new Timetable(schedule, job.Missed, job.Jitter, $"{seed}\n{job.Job}", accounted);
        }

        var record = store.RecordOf(job.Job);
        _skipped = record.Skipped?.Due > record.Last?.Began || record.Last is null ? record.Skipped : null;
        Publish();
    }

    /// <summary>The job.</summary>
    public JobDefinition Job { get; }

    /// <summary>When it was set up, by its file.</summary>
    public DateTime Changed { get; }

    /// <summary>How it stands. Safe from any thread.</summary>
    public JobView View => _view;

    /// <summary>When its next run is to begin; null where no schedule says so.</summary>
    public DateTimeOffset? Next => _timetable?.Next;

    /// <summary>The process that runs it, if this service started one.</summary>
    public IStartedRun? Run => _run is { HasEnded: false } ? _run : null;

    /// <summary>Takes a run over from the watch of the same job before it was set up anew.</summary>
    public void TakeOver(JobWatch before)
    {
        (_run, before._run, _isQueued) = (before._run, null, before._isQueued);
        Publish();
    }

    /// <summary>Does what is due.</summary>
    public void Step(DateTimeOffset now)
    {
        try
        {
            DoDue(now);
        }
        finally
        {
            Publish();
        }
    }

    public void Dispose() => _run?.Dispose();

    private void Publish()
    {
        var view = new JobView(Next, _skipped, Run is not null);
        if (_view != view)
        {
            _view = view;
        }
    }

    private void DoDue(DateTimeOffset now)
    {
        var isRunning = NoteEnd();
        if (_timetable is not null && _timetable.Ask(now) is { Due: { } due } news)
        {
            _store.TryChange(Job.Job, record => record with { Accounted = _timetable.Accounted }, _say);
            isRunning |= _store.IsRunning(Job.Job);
            if (!news.IsDue)
            {
                Skip(due, string.Create(CultureInfo.InvariantCulture, $"{Times(news.Missed)} passed while nothing could run, and its rule is to leave them out."));
            }
            else if (isRunning && Job.Overlap == OverlapRule.Skip)
            {
                Skip(due, "the run before was still going on, and its rule is to leave such out.");
            }
            else if (isRunning)
            {
                _say($"job {Job.Job} is due, and its run before is still going on: the next begins when that ends.");
                _isQueued = true;
            }
            else
            {
                Start(due, news.Missed);
                return;
            }
        }

        if (_isQueued && !isRunning && !_store.IsRunning(Job.Job))
        {
            Start(now, 0);
        }
    }

    private void Start(DateTimeOffset due, int missed)
    {
        (_isQueued, _skipped) = (false, null);
        _say(missed > 0
            ? string.Create(CultureInfo.InvariantCulture, $"job {Job.Job} begins: {Times(missed)} passed while nothing could run, the last one {due.ToLocalTime():yyyy-MM-dd HH:mm:ss}.")
            : $"job {Job.Job} begins.");
        _run = _starter.Start(Job.Job);
    }

    /// <summary>Whether the run that this service started goes on.</summary>
    private bool NoteEnd()
    {
        if (_run is not { HasEnded: true } ended)
        {
            return _run is not null;
        }

        _run = null;
        using (ended)
        {
            var next = Next is { } at ? string.Create(CultureInfo.InvariantCulture, $" The next is due {at.ToLocalTime():yyyy-MM-dd HH:mm:ss}.") : "";
            _say(string.Create(CultureInfo.InvariantCulture, $"job {Job.Job} ended with {ended.ExitCode}.{next}"));
        }

        return false;
    }

    private void Skip(DateTimeOffset due, string why)
    {
        _say(string.Create(CultureInfo.InvariantCulture, $"job {Job.Job}, due {due.ToLocalTime():yyyy-MM-dd HH:mm:ss}, is left out: {why}"));
        _skipped = new SkippedRun(due, char.ToUpperInvariant(why[0]) + why[1..]);
        _store.TryChange(Job.Job, record => record with { Skipped = _skipped }, _say);
    }

    private static string Times(int count) => count == 1 ? "a due time" : string.Create(CultureInfo.InvariantCulture, $"{count} due times");
}
