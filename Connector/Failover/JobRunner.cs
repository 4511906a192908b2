using System.Globalization;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Failover;

/// <summary>
/// One run: opens it, runs the tool over the list's gateways, asks for a further attempt when the network may be why it failed, tells the provider how it
/// goes every 15 s and how it ended. Without the provider a run that stands goes on; one that has yet to begin waits, up to the retries. How it ended, or that it was
/// killed, is kept until the provider has answered.
/// </summary>
internal sealed class JobRunner(ITenantApi api, IAttemptRoute route, UntoldEnds ends, IRunConsole console, TimeProvider time, Func<double> random)
{
    /// <summary>Why a run ended whose process could not say it.</summary>
    public const string Killed = "The program that ran it was killed, or the machine stopped.";

    private static readonly TimeSpan s_progressEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_finishAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lateLimit = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="plan"/> to its end.</summary>
    /// <returns>What the program exits with: the tool's code, or one of <see cref="ExitCodes"/>.</returns>
    /// <exception cref="ConnectorFailureException">The run could not be opened or the tool not be started.</exception>
    public async Task<int> RunAsync(RunPlan plan, ITool tool, CancellationToken stop)
    {
        var retries = new RetryPolicy(plan.Retries, plan.RetryWait, random);
        var request = new OpenRunRequest(plan.Job, plan.Kind, plan.Repository, plan.Host, plan.Tool.Name, plan.Tool.ReadsOnly, plan.Tool.Connections);
        RunTicket ticket;
        try
        {
            ticket = await AskAsync(token => OpenAsync(request, token), null, retries, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Cancelled;
        }

        using var alive = ends.TryHold(ticket.Job, ticket.Run);
        while (true)
        {
            var (end, record) = await AttemptAsync(plan, tool, ticket, alive, stop);
            if (end.Verdict != AttemptVerdict.Retry || !retries.TryTake(out var pause))
            {
                return await FinishAsync(plan, ticket, end, record);
            }

            try
            {
                var held = new Held(ticket, record, end.ToolCode, alive);
                await PauseAsync(end.Sentence!, pause, retries, held, stop);
                var next = record.WithResumes(new NextAttemptRequest(ticket.Attempt, end.ToolCode, end.Sentence!, record.Path(), Trials: record.TakeTrials()));
                ticket = await AskAsync(token => api.NextAttemptAsync(ticket.Job, ticket.Run, next, token), held, retries, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                end = new AttemptEnd(AttemptVerdict.Cancelled, ExitCodes.Cancelled, end.ToolCode, $"{plan.StopWords} while waiting for the next attempt.");
                return await FinishAsync(plan, ticket, end, record);
            }
            catch (ProblemException refusal)
            {
                end = new AttemptEnd(AttemptVerdict.Failed, CodeOf(refusal), end.ToolCode, refusal.Message);
                return await FinishAsync(plan, ticket, end, record);
            }
            catch (ConnectorFailureException failure)
            {
                // Without the provider there is no next attempt, and the last one's code stands; a refusal has its own.
                var code = failure is NoGatewayAnswersException ? end.ExitCode : failure.ExitCode;
                end = end with { Verdict = AttemptVerdict.Failed, ExitCode = code, Sentence = failure.Message };
                return await FinishAsync(plan, ticket, end, record);
            }
        }
    }

    /// <summary>What a refusal that ended the run makes the program exit with.</summary>
    public static int CodeOf(ProblemException refusal) => Refusals.IsFinal(refusal) ? ExitCodes.Refused : ExitCodes.RefusedForNow;

    /// <summary>
    /// Opens it; before that the provider hears how earlier ones ended, for it would end the job's open one as lost. One that is away is away for the new run as well, which so
    /// goes its usual way.
    /// </summary>
    private async Task<RunTicket> OpenAsync(OpenRunRequest request, CancellationToken token)
    {
        using (var limit = new CancellationTokenSource(s_lateLimit, time))
        using (var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token))
        {
            await ends.TellAsync(api, request.Job, both.Token);
        }

        return await api.OpenRunAsync(request, token);
    }

    /// <summary>Asks, waiting and asking again while the provider is away or refuses for now and retries are left.</summary>
    private async Task<RunTicket> AskAsync(Func<CancellationToken, Task<RunTicket>> ask, Held? held, RetryPolicy retries, CancellationToken stop)
    {
        while (true)
        {
            TimeSpan pause;
            string why;
            try
            {
                return await ask(stop);
            }
            catch (NoGatewayAnswersException e) when (retries.TryTake(out pause))
            {
                why = e.Message;
            }
            catch (ProblemException e) when (!Refusals.IsFinal(e) && retries.TryTake(out pause))
            {
                why = e.Message;
            }

            await PauseAsync(why, pause, retries, held, stop);
        }
    }

    private async Task PauseAsync(string why, TimeSpan pause, RetryPolicy retries, Held? held, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reporting = held is null ? Task.FromResult<string?>(null) : ReportAsync(held, RunState.Retrying, over.Token);
        var text = string.Create(CultureInfo.InvariantCulture, $"{why} Retry {retries.Used} of {retries.Allowed}");
        var waiting = console.WaitAsync(text, pause, time, over.Token);
        try
        {
            await Task.WhenAny(waiting, held is null ? waiting : reporting);
            if (held is not null && reporting.IsCompletedSuccessfully && await reporting is { } reason)
            {
                throw new ConnectorFailureException(ExitCodes.Refused, reason);
            }

            await waiting;
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(reporting, waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(AttemptEnd End, AttemptRecord Record)> AttemptAsync(RunPlan plan, ITool tool, RunTicket ticket, LivingRun? alive, CancellationToken stop)
    {
        var record = route.Begin(ticket);
        var over = string.Join(" > ", ticket.Gateways.Gateways.OrderBy(gateway => gateway.Rank).Select(gateway => gateway.Gateway));
        console.Say(string.Create(CultureInfo.InvariantCulture, $"run {ticket.Run} of job {ticket.Job}, attempt {ticket.Attempt}: gateways {over}"));

        using var stopTool = CancellationTokenSource.CreateLinkedTokenSource(stop, record.Refused);
        using var stopReports = new CancellationTokenSource();
        var reporting = ReportAsync(new Held(ticket, record, null, alive), RunState.Running, stopReports.Token);
        string? stopped = null;
        int code;
        try
        {
            var running = tool.RunAsync(route.RepositoryUrl(plan.Path), stopTool.Token);
            if (await Task.WhenAny(running, reporting) == reporting)
            {
                // The provider ended the run, or reporting broke; either way the tool may not go on unwatched.
                await stopTool.CancelAsync();
            }

            code = await running;
        }
        catch (ConnectorFailureException failure)
        {
            var end = new AttemptEnd(AttemptVerdict.Failed, failure.ExitCode, null, failure.Message);
            return (end, record);
        }
        finally
        {
            await stopReports.CancelAsync();
            stopped = await reporting;
        }

        return (Judge(plan, record, code, stopped, stop), record);
    }

    private static AttemptEnd Judge(RunPlan plan, AttemptRecord record, int code, string? stopped, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            return plan.Stop == StopMeaning.Ends
                ? new AttemptEnd(AttemptVerdict.Finished, code, code, null)
                : new AttemptEnd(AttemptVerdict.Cancelled, ExitCodes.Cancelled, code, $"{plan.StopWords}.");
        }

        if ((stopped ?? record.Refusal) is { } refusal && code != 0)
        {
            return new AttemptEnd(AttemptVerdict.Failed, ExitCodes.Refused, code, refusal);
        }

        var (verdict, sentence) = ExitMeaning.Judge(plan.Tool, code, record);
        return new AttemptEnd(verdict, code, code, sentence);
    }

    /// <summary>Reports until cancelled; returns the provider's reason when it wants the run to end.</summary>
    private async Task<string?> ReportAsync(Held held, RunState state, CancellationToken token)
    {
        var (ticket, record, toolCode, _) = held;
        KeepKilled();
        using var timer = new PeriodicTimer(s_progressEvery, time);
        try
        {
            for (; await timer.WaitForNextTickAsync(token); KeepKilled())
            {
                var trials = record.TakeTrials();
                try
                {
                    var known = route.Order.List.Version;
                    var progress = record.WithResumes(new ProgressRequest(ticket.Attempt, state, known, record.Path(), Trials: trials));
                    var answer = await api.ReportAsync(ticket.Job, ticket.Run, progress, token);
                    trials = null;
                    if (answer.Gateways is { } list)
                    {
                        route.Order.Take(list, known);
                    }

                    if (answer.Stop)
                    {
                        return answer.Reason ?? "The service provider ended the run.";
                    }
                }
                catch (ProblemException refusal) when (Refusals.IsFinal(refusal))
                {
                    return refusal.Message;
                }
                catch (ProblemException)
                {
                    // Refused for now: a report is missed, the run goes on.
                }
                catch (NoGatewayAnswersException)
                {
                    // The provider is away: open runs go on without it. The next report carries all that this one would have.
                }
                catch (ConnectorFailureException failure)
                {
                    return failure.Message;
                }
                finally
                {
                    record.GiveBack(trials ?? []);
                }
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
        }

        return null;

        void KeepKilled() => held.Alive?.KeepKilled(record.WithResumes(new FinishRequest(ticket.Attempt, toolCode, false, false, Killed, record.Path())));
    }

    private async Task<int> FinishAsync(RunPlan plan, RunTicket ticket, AttemptEnd end, AttemptRecord record)
    {
        var finished = end.Verdict == AttemptVerdict.Finished;
        var request = record.WithResumes(new FinishRequest(
            ticket.Attempt, end.ToolCode, end.Verdict == AttemptVerdict.Cancelled, finished && plan.Tool.WritesSnapshot, end.Sentence, record.Path(), Trials: record.TakeTrials()));
        var isKept = ends.TryKeep(ticket.Job, ticket.Run, request);
        if (!isKept)
        {
            // What is there says that it was killed.
            ends.Forget(ticket.Job, ticket.Run);
        }

        using var limit = new CancellationTokenSource(UntoldEnds.OwnTime, time);
        try
        {
            var summary = await TellAsync(ticket, request, limit.Token);
            ends.Forget(ticket.Job, ticket.Run);
            console.Say(SummaryLine.Of(summary, plan.Tool));
            if (summary.Quota is { IsOverSoftLimit: true } quota)
            {
                console.Say(QuotaWords.Warning(quota));
            }
        }
        catch (ProblemException refusal)
        {
            // It has answered, and asked again would say the same.
            ends.Forget(ticket.Job, ticket.Run);
            SayUntold($"could not be told: {refusal.Message}");
        }
        catch (Exception e) when (e is ConnectorFailureException or OperationCanceledException)
        {
            var why = e is OperationCanceledException ? "no answer within a minute." : e.Message;
            SayUntold($"could not be told{(isKept ? ", and is told later, by this machine's next run or its service" : "")}: {why}");
        }

        return end.ExitCode;

        void SayUntold(string how) => console.Say(string.Create(
            CultureInfo.InvariantCulture, $"run {ticket.Run} of job {ticket.Job}: {end.Sentence ?? "the tool is done."} The service provider {how}"));
    }

    /// <summary>
    /// Tells how it ended, again and again while the provider is away: a silo that restarts in this moment would keep the run open until it counts as lost.
    /// </summary>
    private async Task<RunSummary> TellAsync(RunTicket ticket, FinishRequest request, CancellationToken limit)
    {
        var ended = time.GetTimestamp();
        while (true)
        {
            NoGatewayAnswersException? nobody = null;
            try
            {
                return await api.FinishAsync(ticket.Job, ticket.Run, request, limit);
            }
            catch (NoGatewayAnswersException e)
            {
                nobody = e;
            }
            catch (ProblemException e) when (!Refusals.IsFinal(e))
            {
            }

            try
            {
                await Task.Delay(s_finishAgain, time, limit);
            }
            catch (OperationCanceledException) when (nobody is not null)
            {
                throw nobody;
            }

            request = request with { EndedAgoMilliseconds = (long)time.GetElapsedTime(ended).TotalMilliseconds };
        }
    }

    /// <summary>An open run: what its tool ended with if it waits for the next attempt, and what shows others that it lives, where that can be.</summary>
    private sealed record Held(RunTicket Ticket, AttemptRecord Record, int? ToolCode, LivingRun? Alive);

    /// <summary>How an attempt ended.</summary>
    private sealed record AttemptEnd(AttemptVerdict Verdict, int ExitCode, int? ToolCode, string? Sentence);
}
