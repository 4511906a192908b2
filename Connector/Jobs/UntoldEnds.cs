using System.Globalization;
using System.Text.Json;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Jobs;

/// <summary>
/// How runs of this machine ended that the provider may not know, in the state folder's <c>ends</c>: <c>JOB-RUN.json</c>, for their owner alone. A run under way keeps there
/// what is to be told if its process is killed, and holds <c>JOB-RUN.lock</c>. An end is kept before the provider is told and forgotten when it answered. So one whose
/// process was killed, or whose provider was away for long, is told later: by the next run, or by the service. Safe for use by several processes: an end that two
/// of them tell counts once.
/// </summary>
/// <param name="folder">The state folder.</param>
/// <param name="connector">Who this machine is, <c>tenant/connector</c>.</param>
/// <param name="say">Tells people.</param>
/// <param name="time">The clock.</param>
internal sealed class UntoldEnds(StateFolder folder, string connector, Action<string> say, TimeProvider time)
{
    /// <summary>Ends that are kept at most; then the oldest go.</summary>
    public const int MaxKept = 1000;

    /// <summary>How long a run's own process tells its end; until then others leave it to that.</summary>
    public static readonly TimeSpan OwnTime = TimeSpan.FromSeconds(60);

    /// <summary>Older ones are of no use to anybody.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    private const string Ending = ".json";
    private const string Lock = ".lock";
    private const string Unwritten = "what becomes of runs cannot be written down, and they go on";

    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    private readonly string _path = Path.Combine(folder.Path, "ends");
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>Keeps how a run ended just now, or would have if its process were killed. False: it cannot be written, which is said.</summary>
    public bool TryKeep(string job, long run, FinishRequest request)
    {
        // How gateways did is news that grows old.
        var end = new UntoldEnd(connector, job, run, time.GetUtcNow(), request with { Trials = null });
        return TryGuard(Unwritten, () =>
        {
            OwnerFile.MakeFolder(_path);
            OwnerFile.Replace(FileOf(job, run, Ending), file => JsonSerializer.Serialize(file, end, JobJson.Default.UntoldEnd));
            Trim();
        });
    }

    /// <summary>Shows other processes that the run has one that tells its end. Null: that cannot be shown, which is said where it is worth a word.</summary>
    public LivingRun? TryHold(string job, long run)
    {
        var path = FileOf(job, run, Lock);
        FileStream? held = null;
        TryGuard(Unwritten, () =>
        {
            OwnerFile.MakeFolder(_path);
            held = OwnerFile.TryLock(path);
        });
        if (held is null)
        {
            return null;
        }

        var living = new LivingRun(this, job, run, held);
        // Not every file system knows locks.
        var isSeen = false;
        TryGuard(Unwritten, () => isSeen = OwnerFile.IsLocked(path));
        if (isSeen)
        {
            return living;
        }

        living.Dispose();
        return null;
    }

    /// <summary>The run's process ends.</summary>
    public void Release(FileStream held)
    {
        held.Dispose();
        TryGuard("the file by which a run showed that it lives cannot be removed", () => File.Delete(held.Name));
    }

    /// <summary>The provider knows it, or will never take it.</summary>
    public void Forget(string job, long run) => TryGuard("an end that was told cannot be removed, and is told again", () =>
    {
        if (Directory.Exists(_path))
        {
            File.Delete(FileOf(job, run, Ending));
            var alone = FileOf(job, run, Lock);
            if (!OwnerFile.IsLocked(alone))
            {
                File.Delete(alone);
            }
        }
    });

    /// <summary>
    /// Tells the provider: first those of <paramref name="job"/>, which is about to run again, then all whose own process does not tell them any more, the oldest first.
    /// </summary>
    /// <param name="api">The provider.</param>
    /// <param name="job">The job; null: none runs.</param>
    /// <param name="token">Ends it; what was not told then stays.</param>
    /// <returns>Why some could not be told now; null when none is left.</returns>
    public async Task<string?> TellAsync(ITenantApi api, string? job, CancellationToken token)
    {
        string? failed = null;
        foreach (var end in Load().Where(end => end.Job == job || IsLeft(end)).OrderBy(end => end.Job != job).ThenBy(end => end.Ended))
        {
            try
            {
                var ago = time.GetUtcNow() - end.Ended;
                var request = end.Request with { EndedAgoMilliseconds = Math.Max(0, (long)ago.TotalMilliseconds) };
                var summary = await api.FinishAsync(end.Job, end.Run, request, token);
                say(string.Create(CultureInfo.InvariantCulture, $"run {end.Run} of job {end.Job} {SummaryLine.Words(summary.State)}: the service provider was told late."));
            }
            catch (ProblemException refusal) when (Refusals.IsFinal(refusal))
            {
                say(string.Create(CultureInfo.InvariantCulture, $"run {end.Run} of job {end.Job}: the service provider does not take its end any more: {refusal.Message}"));
            }
            catch (ProblemException refusal)
            {
                failed = refusal.Message;
                if (refusal.Code is ProblemCodes.TooMany or ProblemCodes.Unavailable)
                {
                    return failed;
                }

                continue;
            }
            catch (ConnectorFailureException failure)
            {
                return failure.Message;
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return "no answer in time.";
            }

            Forget(end.Job, end.Run);
        }

        return failed;
    }

    // A clock that was set says nothing about who tells it.
    private bool IsLeft(UntoldEnd end) => (time.GetUtcNow() - end.Ended).Duration() > OwnTime + s_margin;

    private string FileOf(string job, long run, string ending) => Path.Combine(_path, string.Create(CultureInfo.InvariantCulture, $"{job}-{run}{ending}"));

    private List<UntoldEnd> Load()
    {
        var ends = new List<UntoldEnd>();
        TryGuard("ends of runs that the service provider was not told cannot be looked for", () =>
        {
            if (!Directory.Exists(_path))
            {
                return;
            }

            Trim();
            foreach (var file in Directory.GetFiles(_path, "*" + Ending))
            {
                TryGuard("the end of a run that the service provider was not told cannot be read", () =>
                {
                    // What its process wrote last is there before that lets go.
                    if (!OwnerFile.IsLocked(Path.ChangeExtension(file, Lock)))
                    {
                        ends.AddRange(Read(file));
                    }
                });
            }
        });
        return ends;
    }

    // One or none.
    private UntoldEnd[] Read(string path)
    {
        string why;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var end = JsonSerializer.Deserialize(file, JobJson.Default.UntoldEnd);
            if (end is { Request: not null, Run: > 0 } && Identifier.IsValid(end.Job) && end.Connector == connector)
            {
                return [end];
            }

            why = end?.Connector is { } other && other != connector ? $"it is one of {other}, and this machine is {connector}." : "it is not the end of a run.";
        }
        catch (FileNotFoundException)
        {
            // Another process told it.
            return [];
        }
        catch (JsonException e)
        {
            why = e.Message;
        }

        File.Delete(path);
        say($"{path} was removed: {why}");
        return [];
    }

    // Files that a killed process left half written go the same way.
    private void Trim()
    {
        var oldest = (time.GetUtcNow() - MaxAge).UtcDateTime;
        var all = new DirectoryInfo(_path).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc).ToLookup(file => file.Extension == Lock);
        Array.ForEach([.. all[true].Where(file => file.LastWriteTimeUtc < oldest)], file => file.Delete());
        var gone = all[false].Where((file, newer) => newer >= MaxKept || file.LastWriteTimeUtc < oldest).ToArray();
        if (gone.Length == 0)
        {
            return;
        }

        Array.ForEach(gone, file => file.Delete());
        var what = gone.Length == 1 ? "end of a run is" : "ends of runs are";
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{gone.Length} {what} dropped, of which the service provider was not told: {MaxKept} are kept, for {MaxAge.TotalDays:0} days."));
    }

    private bool TryGuard(string what, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_said.Add(what))
            {
                say($"{what}: {e.Message}");
            }

            return false;
        }
    }
}
