using System.Diagnostics;
using System.Globalization;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Jobs;

/// <summary>One run of a kept job: alone among this machine's processes, with its variables, its hooks and a log of its own.</summary>
internal sealed class JobExecution(JobStore store, Func<ConnectorConsole, Task<Session>> open, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    /// <summary>How long a hook may take.</summary>
    public static readonly TimeSpan HookLimit = TimeSpan.FromHours(1);

    /// <summary>Runs it to its end.</summary>
    /// <param name="job">The job.</param>
    /// <param name="starter">Who starts it, and what its end means.</param>
    /// <returns>The tool's exit code, or one of <see cref="ExitCodes"/>.</returns>
    /// <exception cref="ConnectorFailureException">Another process runs it, or the state folder cannot be written.</exception>
    public async Task<int> RunAsync(JobDefinition job, JobStarter starter)
    {
        using var alone = store.TryLock(job.Job)
            ?? throw new ConnectorFailureException(
                ExitCodes.RefusedForNow, $"Job '{job.Job}' is running on this machine{Since(store.TryRecordOf(job.Job, console.Say).Running)}. Try again when it has ended.");
        if (KilledRuns.Settle(store, job.Job, time.GetUtcNow(), console.Say) is { } killed)
        {
            console.Say(KilledRuns.Sentence(job.Job, killed));
        }

        using var log = Begin(job);
        var began = time.GetUtcNow();
        store.TryChange(job.Job, record => record with { Running = new RunningRun(began, Environment.ProcessId, log.Name) }, console.Say);
        var told = new ConnectorConsole(console.Output, new LogWriter(log, console.Error), console.OutputIsTerminal, errorIsTerminal: false);
        var (code, reason) = await TryAsync(job, starter, log, told);
        told.Say(string.Create(CultureInfo.InvariantCulture, $"job {job.Job} ended with {code} after {ConnectorConsole.Words(time.GetUtcNow() - began)}."));
        store.TryChange(job.Job, record => record with { Running = null, Last = new EndedRun(began, time.GetUtcNow(), code, log.Name, reason) }, console.Say);
        return code;
    }

    private async Task<(int Code, string? Reason)> TryAsync(JobDefinition job, JobStarter starter, RunLog log, ConnectorConsole told)
    {
        try
        {
            return (await RunWithHooksAsync(job, starter, log, told), null);
        }
        catch (ConnectorFailureException failure)
        {
            told.Say(failure.Message);
            return (failure.ExitCode, failure.Message);
        }
        catch (ProblemException refusal)
        {
            told.Say(refusal.Message);
            return (JobRunner.CodeOf(refusal), refusal.Message);
        }
        catch (OperationCanceledException) when (stopping.Asked.IsCancellationRequested)
        {
            return (ExitCodes.Cancelled, "It was stopped before it began.");
        }
    }

    private async Task<int> RunWithHooksAsync(JobDefinition job, JobStarter starter, RunLog log, ConnectorConsole told)
    {
        var variables = new Dictionary<string, string>(
            job.EnvironmentFile is null ? new Dictionary<string, string>() : EnvironmentFile.Read(job.EnvironmentFile), StringComparer.Ordinal)
        {
            ["HEADGATE_JOB"] = job.Job,
            ["HEADGATE_CLOUD_REPOSITORY"] = job.Run.Repository,
        };
        var echo = starter == JobStarter.Service ? null : console;
        var code = ExitCodes.Internal;
        try
        {
            if (job.Before is { } before && await HookAsync("before", before, stopping.Asked) is not 0 and var failed)
            {
                throw new ConnectorFailureException(
                    stopping.Asked.IsCancellationRequested ? ExitCodes.Cancelled : ExitCodes.HookFailed,
                    string.Create(CultureInfo.InvariantCulture, $"The hook before the tool ended with {failed}, so the tool was not run. Its output is in the log: headgate jobs log {job.Job}"));
            }

            using var session = await open(told);
            var tool = new LoggedSurroundings(Path.GetFileNameWithoutExtension(job.Run.Words[0]), job, variables, log, echo);
            code = await job.Run.RunAsync(job.Job, session, told, stopping, time, tool, starter == JobStarter.Service ? "The service that ran it was stopped" : null);
        }
        catch (ConnectorFailureException failure)
        {
            code = failure.ExitCode;
            throw;
        }
        catch (ProblemException refusal)
        {
            code = JobRunner.CodeOf(refusal);
            throw;
        }
        catch (OperationCanceledException) when (stopping.Asked.IsCancellationRequested)
        {
            code = ExitCodes.Cancelled;
            throw;
        }
        finally
        {
            await AfterAsync(code);
        }

        return code;

        async Task AfterAsync(int ended)
        {
            if (job.After is { } after)
            {
                variables["HEADGATE_EXIT_CODE"] = ended.ToString(CultureInfo.InvariantCulture);
                try
                {
                    if (await HookAsync("after", after, stopping.Insisted) is not 0 and var wrong)
                    {
                        told.Say(string.Create(CultureInfo.InvariantCulture, $"the hook after the tool ended with {wrong}; the run's result stays."));
                    }
                }
                catch (ConnectorFailureException failure)
                {
                    told.Say($"the hook after the tool was not run, and the run's result stays: {failure.Message}");
                }
            }
        }

        async Task<int> HookAsync(string name, string words, CancellationToken stop)
        {
            using var limit = new CancellationTokenSource(HookLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            string[] arguments = OperatingSystem.IsWindows() ? ["/d", "/s", "/c", words] : ["-c", words];
            var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "cmd.exe" : "/bin/sh", arguments) { UseShellExecute = false };
            var code = await new ToolProcess(stopping, time).RunAsync(start, new LoggedSurroundings(name, job, variables, log, echo), both.Token);
            if (limit.IsCancellationRequested)
            {
                told.Say($"the hook {name} the tool took longer than {ConnectorConsole.Words(HookLimit)} and was ended.");
            }

            return code;
        }
    }

    private RunLog Begin(JobDefinition job)
    {
        try
        {
            return RunLog.Begin(store.LogsOf(job.Job), job.KeptLogs, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The log of job '{job.Job}' cannot be written: {e.Message}", e);
        }
    }

    private static string Since(RunningRun? running) => running is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", since {running.Began.ToLocalTime():yyyy-MM-dd HH:mm:ss} (process {running.Process})");
}
