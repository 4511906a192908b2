using System.Globalization;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Jobs;

/// <summary>One job in the hands of the service: its timetable, the process that runs it, and what waits behind it.</summary>
internal sealed class JobWatch : IDisposable
{
    private static readonly TimeSpan s_startAgain = TimeSpan.FromMinutes(1);

    private readonly JobStore _store;
    private readonly IRunStarter _starter;
    private readonly Action<string> _say;
    private readonly Timetable? _timetable;
    private volatile JobView _view = new(null, null, false);
    private SkippedRun? _skipped;
    private IStartedRun? _run;
    private DateTimeOffset _due;
    private bool _isQueued;
    private DateTimeOffset? _startAgain;

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
        var record = store.TryRecordOf(job.Job, say);
        if (job.ReadSchedule(zone) is { } schedule)
        {
            var accounted = record.Accounted is { } known && known > job.Added ? known : job.Added;
            _timetable = new Timetable(schedule, job.Missed, job.Jitter, $"{seed}\n{job.Job}", accounted);
        }

        // A run since then takes it back, unless that came to nothing as well.
        _skipped = record.Last is { } last && (last.Reason is null || last.ExitCode is null) && last.Began >= record.Skipped?.Due ? null : record.Skipped;
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
        (_run, before._run, _due, _isQueued, _startAgain) = (before._run, null, before._due, before._isQueued, before._startAgain);
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
            isRunning |= IsRunElsewhere();
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
                Start(now, due, news.Missed);
                return;
            }
        }

        // At once where the clock was set back meanwhile.
        var mayStart = _startAgain is not { } again || again <= now || again - now > s_startAgain;
        if (_isQueued && mayStart && !isRunning && !IsRunElsewhere())
        {
            Start(now, now, 0);
        }
    }

    private void Start(DateTimeOffset now, DateTimeOffset due, int missed)
    {
        _say(missed > 0
            ? string.Create(CultureInfo.InvariantCulture, $"job {Job.Job} begins: {Times(missed)} passed while nothing could run, the last one {due.ToLocalTime():yyyy-MM-dd HH:mm:ss}.")
            : $"job {Job.Job} begins.");
        try
        {
            _run = _starter.Start(Job.Job);
        }
        catch (ConnectorFailureException e)
        {
            (_isQueued, _startAgain) = (true, now + s_startAgain);
            _say($"job {Job.Job} could not be begun, which is tried again in {ConnectorConsole.Words(s_startAgain)}: {e.Message}");
            return;
        }

        (_due, _isQueued, _startAgain, _skipped) = (due, false, null, null);
        _store.TryChange(Job.Job, record => record with { Accounted = Accounted(record) }, _say);
    }

    /// <summary>Up to when all is dealt with. What is queued or put off is not: a service that begins anew has to make up for it.</summary>
    private DateTimeOffset? Accounted(JobRecord record) =>
        _isQueued || _timetable is not { IsMakingUp: false } timetable ? record.Accounted : timetable.Accounted;

    /// <summary>Whether any process runs it. Where that cannot be seen, the run that is begun ends with why.</summary>
    private bool IsRunElsewhere()
    {
        try
        {
            return _store.IsRunning(Job.Job);
        }
        catch (ConnectorFailureException)
        {
            return false;
        }
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
            if (MayNotHaveBegun(ended.ExitCode) && !BeganAtProvider())
            {
                Skip(_due, string.Create(CultureInfo.InvariantCulture, $"the run ended with exit code {ended.ExitCode} before it could begin at the provider; its log says why."));
            }
        }

        return false;
    }

    /// <summary>Codes of a run that the provider may never have heard of. One that it refused for good (77) it knows; one that was stopped was meant to be.</summary>
    private static bool MayNotHaveBegun(int code) => code is ExitCodes.HookFailed or ExitCodes.Usage or ExitCodes.StateFolder or ExitCodes.NotEnrolled
        or ExitCodes.ClockWrong or ExitCodes.RefusedForNow or ExitCodes.NoGatewayAnswers or ExitCodes.ToolNotExecutable;

    // A run that began there ends by its tool's code or its attempts', and only one that did not has a reason of its own.
    private bool BeganAtProvider() => _store.TryRecordOf(Job.Job, _ => { }).Last is { Reason: null } last && last.Began >= _due;

    private void Skip(DateTimeOffset due, string why)
    {
        _say(string.Create(CultureInfo.InvariantCulture, $"job {Job.Job}, due {due.ToLocalTime():yyyy-MM-dd HH:mm:ss}, is left out: {why}"));
        _skipped = new SkippedRun(due, char.ToUpperInvariant(why[0]) + why[1..]);
        _store.TryChange(Job.Job, record => record with { Skipped = _skipped, Accounted = Accounted(record) }, _say);
    }

    private static string Times(int count) => count == 1 ? "a due time" : string.Create(CultureInfo.InvariantCulture, $"{count} due times");
}
