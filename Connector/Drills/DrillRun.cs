using System.Collections.Concurrent;
using System.Globalization;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Drills;

/// <summary>
/// One drill: a copy run whose tool uploads objects over several streams; in their midst the path is closed at the gateway that carries them; afterwards every object is
/// read back, compared and deleted. What gateways did is not told to the provider as trials: a gateway whose path was closed on purpose is not to sink in lists.
/// </summary>
internal sealed class DrillRun(DrillPlan plan, IDrillDirector director, ITenantApi api, LoopbackForwarder forwarder, string host, TimeProvider time)
{
    /// <summary>What the provider's lists call the tool.</summary>
    public const string Tool = "headgate drill";

    private const string Path = "/drill/";
    private const int MaxErrors = 8;
    private static readonly TimeSpan s_reportEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_sample = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<string> _names = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private int _errorCount;

    /// <summary>Carries it out.</summary>
    /// <exception cref="ProblemException">The provider refused.</exception>
    /// <exception cref="ConnectorFailureException">No gateway answers.</exception>
    public async Task<DrillResult> RunAsync(CancellationToken token)
    {
        director.Say("Opens a copy run.");
        var ticket = await api.OpenRunAsync(new OpenRunRequest(plan.Job, JobKind.Copy, plan.Repository, host, Tool, false, plan.Streams), token);
        var record = forwarder.Begin(ticket);
        DrillResult? result = null;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(token, record.Refused);
        var reporting = ReportAsync(ticket, record, over);
        try
        {
            result = await CarryOutAsync(ticket, record, over.Token);
            return result;
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            throw new DrillFailedException(record.Refusal ?? (await reporting) ?? "The run was ended.");
        }
        finally
        {
            await over.CancelAsync();
            await reporting;
            await FinishAsync(ticket, record, result);
        }
    }

    private async Task<DrillResult> CarryOutAsync(RunTicket ticket, AttemptRecord record, CancellationToken token)
    {
        using (var first = new DrillStore(forwarder.RepositoryUrl(Path), 1))
        {
            await ClearAsync(first, token);
        }

        director.Say(string.Create(CultureInfo.InvariantCulture, $"Uploads over {plan.Streams} streams."));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var enough = new CancellationTokenSource();
        using var store = new DrillStore(forwarder.RepositoryUrl(Path), plan.Streams);
        var uploads = Task.WhenAll(Enumerable.Range(0, plan.Streams).Select(_ => UploadAsync(store, enough.Token, stop.Token)));
        try
        {
            var result = await DisturbAsync(ticket, record, token);
            if (!result.Moved)
            {
                // There is no way to the repository, or not for all: what is to be known is known.
                return Complete(result, record, 0);
            }

            await Task.Delay(plan.Length * 0.4, time, token);
            await enough.CancelAsync();
            if (await Task.WhenAny(uploads, Task.Delay(plan.Patience, time, token)) != uploads)
            {
                NoteError(new IOException(string.Create(CultureInfo.InvariantCulture, $"An upload was not answered within {plan.Patience.TotalSeconds:0} s.")));
                return Complete(result, record, 0);
            }

            await uploads;
            return Complete(result, record, await CompareAsync(token));
        }
        finally
        {
            await stop.CancelAsync();
            await uploads.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Closes the path at the gateway that carries the streams, and waits until they have left it.</summary>
    private async Task<DrillResult> DisturbAsync(RunTicket ticket, AttemptRecord record, CancellationToken token)
    {
        await Task.Delay(plan.Length * 0.4, time, token);
        var from = await CarrierAsync(record, token);
        director.Say($"Closes the run's path at gateway {from}.");

        // One that left it by itself before need not leave it again.
        var (before, streams) = (record.Resumes.Count, record.Of(from).Streams);
        var began = time.GetTimestamp();
        await director.ClosePathAsync(ticket.Job, ticket.Run, from, token);
        director.Say($"Waits for the streams to leave {from}.");
        var moved = false;
        while (!moved && time.GetElapsedTime(began) < plan.Patience)
        {
            await Task.Delay(s_look, time, token);
            moved = record.Of(from).Streams == 0 && record.Resumes.Count - before >= streams;
        }

        var pause = time.GetElapsedTime(began);
        director.Say("Uploads on.");
        return new DrillResult
        {
            Run = ticket.Run, From = from, To = [], Streams = streams, Resumes = record.Resumes.Count - before, LongestGap = TimeSpan.Zero, Pause = pause, Moved = moved,
            Objects = 0, Bytes = 0, Right = 0, ToolErrors = [],
        };
    }

    private DrillResult Complete(DrillResult moved, AttemptRecord record, int right) => moved with
    {
        To = [.. record.Path().Select(entry => entry.Gateway).Where(gateway => gateway != moved.From)],
        LongestGap = record.Resumes.Longest,
        Objects = _names.Count,
        Bytes = (long)_names.Count * plan.ObjectBytes,
        Right = right,
        ToolErrors = [.. _errors],
    };

    /// <summary>An earlier drill may have been interrupted before it deleted what it wrote.</summary>
    private static async Task ClearAsync(DrillStore store, CancellationToken token)
    {
        try
        {
            await store.CreateAsync(token);
            foreach (var name in await store.ListAsync(token))
            {
                await store.DeleteAsync(name, token);
            }
        }
        catch (HttpRequestException e)
        {
            throw new DrillFailedException($"The drill could not begin: {e.Message}", e);
        }
    }

    /// <summary>One stream of the tool: objects one after the other until it is enough. A request that fails is counted, and the next object follows.</summary>
    private async Task UploadAsync(DrillStore store, CancellationToken enough, CancellationToken token)
    {
        while (!enough.IsCancellationRequested)
        {
            try
            {
                _names.Enqueue(await store.UploadAsync(plan.ObjectBytes, plan.BytesPerSecond, time, token));
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                NoteError(e);
                await Task.Delay(s_sample, time, token);
            }
        }
    }

    /// <summary>Reads everything back over new connections, and deletes it: what one connection stored, an older one may not delete.</summary>
    private async Task<int> CompareAsync(CancellationToken token)
    {
        director.Say("Reads everything back.");
        using var store = new DrillStore(forwarder.RepositoryUrl(Path), 1);
        using var limit = new CancellationTokenSource(plan.Patience * 2, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
        var right = 0;
        foreach (var name in _names)
        {
            try
            {
                right += await store.IsRightAsync(name, both.Token) ? 1 : 0;
                await store.DeleteAsync(name, both.Token);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                NoteError(e);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                NoteError(new IOException(string.Create(CultureInfo.InvariantCulture, $"Reading back took longer than {plan.Patience.TotalSeconds * 2:0} s.")));
                break;
            }
        }

        return right;
    }

    /// <summary>The gateway over which bytes go just now.</summary>
    private async Task<string> CarrierAsync(AttemptRecord record, CancellationToken token)
    {
        for (var round = 0; ; round++)
        {
            var before = record.Path().ToDictionary(entry => entry.Gateway, entry => entry.BytesUp);
            await Task.Delay(s_sample, time, token);
            var most = record.Path().MaxBy(entry => entry.BytesUp - before.GetValueOrDefault(entry.Gateway));
            if (most is not null && most.BytesUp > before.GetValueOrDefault(most.Gateway))
            {
                return most.Gateway;
            }

            if (s_sample * round >= plan.Patience)
            {
                throw new DrillFailedException($"No byte went over any gateway for {plan.Patience.TotalSeconds:0} s before the path was closed. {string.Join(" ", _errors)}".TrimEnd());
            }
        }
    }

    private void NoteError(Exception e)
    {
        if (Interlocked.Increment(ref _errorCount) <= MaxErrors)
        {
            _errors.Enqueue(e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message);
        }
    }

    /// <summary>Reports until cancelled; ends the drill when the provider wants that, and returns why.</summary>
    private async Task<string?> ReportAsync(RunTicket ticket, AttemptRecord record, CancellationTokenSource over)
    {
        using var timer = new PeriodicTimer(s_reportEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over.Token))
            {
                try
                {
                    var held = forwarder.Order.List.Version;
                    var answer = await api.ReportAsync(
                        ticket.Job, ticket.Run, record.WithResumes(new ProgressRequest(ticket.Attempt, RunState.Running, held, record.Path())), over.Token);
                    if (answer.Gateways is { } list)
                    {
                        forwarder.Order.Take(list, held);
                    }

                    if (answer.Stop)
                    {
                        await over.CancelAsync();
                        return answer.Reason;
                    }
                }
                catch (Exception e) when (e is ProblemException or ConnectorFailureException)
                {
                    // A report is missed; the run goes on without it, as any copy run does.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        return null;
    }

    private async Task FinishAsync(RunTicket ticket, AttemptRecord record, DrillResult? result)
    {
        var isGood = result is { Moved: true, ToolErrors: [] } && result.Right == result.Objects;
        using var limit = new CancellationTokenSource(s_farewell, time);
        try
        {
            var request = new FinishRequest(ticket.Attempt, isGood ? 0 : 1, false, false, isGood ? null : "The failover drill did not pass; its report says why.", record.Path());
            await api.FinishAsync(ticket.Job, ticket.Run, record.WithResumes(request), limit.Token);
        }
        catch (Exception e) when (e is ProblemException or ConnectorFailureException or OperationCanceledException)
        {
            // The run then counts as lost after a while; what the drill saw is in its report.
            director.Say($"The end of the run could not be told: {e.Message}");
        }
    }
}
