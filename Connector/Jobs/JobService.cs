using System.Globalization;
using Headgate.Connector.Commands;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Runs this machine's jobs at their due times, for as long as it is not stopped. What is set up, changed or removed meanwhile is taken up within
/// <see cref="s_longestTick"/>; a job that cannot be read is said once and left alone.
/// </summary>
internal sealed class JobService(JobStore store, IRunStarter starter, Action<string> say, string seed, TimeProvider time) : IDisposable
{
    /// <summary>Characters of a schedule that the provider takes.</summary>
    public const int MaxScheduleLength = 200;

    /// <summary>Plans of a machine that the provider takes; one more, and it would take none.</summary>
    public const int MaxPlans = 200;

    private static readonly TimeSpan s_longestTick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestTick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromMinutes(3);

    private readonly Dictionary<string, JobWatch> _watches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTime> _unreadable = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<JobWatch>? _published;

    /// <summary>The jobs that it looks after. Safe from any thread.</summary>
    public IReadOnlyList<JobWatch> Watches => _published ?? [];

    /// <summary>One sentence about how it fares. Safe from any thread.</summary>
    public string Status()
    {
        var jobs = Watches;
        var running = jobs.Where(watch => watch.View.IsRunning).Select(watch => watch.Job.Job).ToArray();
        var next = jobs.Select(watch => (watch.Job.Job, watch.View.Next)).Where(job => job.Next is not null).OrderBy(job => job.Next).FirstOrDefault();
        var runs = running.Length == 0 ? "" : $" {string.Join(", ", running)} {(running.Length == 1 ? "is" : "are")} running.";
        return string.Create(CultureInfo.InvariantCulture, $"{jobs.Count} {(jobs.Count == 1 ? "job" : "jobs")}.{runs}")
            + (next.Next is not { } at ? "" : string.Create(CultureInfo.InvariantCulture, $" Next: {next.Job} at {at.ToLocalTime():yyyy-MM-dd HH:mm:ss}."));
    }

    /// <summary>What it means to run next, for the provider, as far as that takes it; null until it knows its jobs. Safe from any thread.</summary>
    public IReadOnlyList<PlannedJob>? Plans() => _published is not { } watches
        ? null
        :
    [
        .. (from watch in watches
           let view = watch.View
           where view.Next is not null && watch.Job.Schedule is { Length: <= MaxScheduleLength }
           select new PlannedJob(
               watch.Job.Job, watch.Job.Run.Kind, watch.Job.Run.Repository, watch.Job.Schedule!, view.Next!.Value, view.Skipped?.Due, view.Skipped?.Why)).Take(MaxPlans),
    ];

    /// <summary>Runs until <paramref name="stop"/>, then ends the runs under way in order.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        SayKilled();
        while (!stop.IsCancellationRequested)
        {
            TakeUp();
            var now = time.GetUtcNow();
            foreach (var watch in _watches.Values)
            {
                watch.Step(now);
            }

            var ahead = _watches.Values.Select(watch => watch.Next - now).Where(left => left > TimeSpan.Zero).DefaultIfEmpty(s_longestTick).Min()!.Value;
            var isBusy = _watches.Values.Any(watch => watch.Run is not null);
            var most = isBusy ? TimeSpan.FromSeconds(1) : s_longestTick;
            await Task.Delay(ahead < s_shortestTick ? s_shortestTick : ahead > most ? most : ahead, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var runs = _watches.Values.Select(watch => watch.Run).OfType<IStartedRun>().ToArray();
        if (runs.Length > 0)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"stopping: {runs.Length} {(runs.Length == 1 ? "run ends" : "runs end")} first."));
            await Task.WhenAll(runs.Select(run => run.StopAsync(s_stopPatience)));
        }
    }

    public void Dispose()
    {
        foreach (var watch in _watches.Values)
        {
            watch.Dispose();
        }
    }

    private void SayKilled()
    {
        foreach (var name in store.Names())
        {
            try
            {
                using var alone = store.TryLock(name);
                if (alone is not null && KilledRuns.Settle(store, name, time.GetUtcNow(), say) is { } killed)
                {
                    say(KilledRuns.Sentence(name, killed));
                }
            }
            catch (ConnectorFailureException e)
            {
                say($"job {name}: {e.Message}");
            }
        }
    }

    /// <summary>Takes up jobs that were set up or changed, and lets go of those that are no more.</summary>
    private void TakeUp()
    {
        var names = store.Names().ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _watches.Keys.Where(name => !names.Contains(name)).ToArray())
        {
            _watches[gone].Dispose();
            _watches.Remove(gone);
            say($"job {gone} was removed.");
        }

        foreach (var name in names)
        {
            if (store.ChangedAt(name) is not { } changed
                || (_watches.GetValueOrDefault(name)?.Changed == changed) || (_unreadable.TryGetValue(name, out var bad) && bad == changed))
            {
                continue;
            }

            TakeUp(name, changed);
        }

        _published = [.. _watches.Values.OrderBy(watch => watch.Job.Job, StringComparer.Ordinal)];
    }

    private void TakeUp(string name, DateTime changed)
    {
        try
        {
            if (store.Find(name) is not { } job)
            {
                return;
            }

            var watch = new JobWatch(job, changed, time.LocalTimeZone, seed, store, starter, say);
            if (_watches.TryGetValue(name, out var before))
            {
                watch.TakeOver(before);
            }

            _watches[name] = watch;
            say(watch.Next is { } next
                ? string.Create(CultureInfo.InvariantCulture, $"job {name}: {job.Schedule}, next at {next.ToLocalTime():yyyy-MM-dd HH:mm:ss}.")
                : $"job {name} has no schedule: it runs when somebody says so.");
        }
        catch (Exception e) when (e is ConnectorFailureException or FormatException)
        {
            _unreadable[name] = changed;
            say($"job {name} is left alone until it is set up anew: {e.Message}");
        }
    }
}
