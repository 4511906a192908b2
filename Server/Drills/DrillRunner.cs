using Headgate.Connector.Drills;
using Headgate.Grains;
using Headgate.Portal;
using Headgate.Server.Hosting;

namespace Headgate.Server.Drills;

/// <summary>
/// Carries failover drills out, one at a time, for as long as the server runs: each second it asks whether one waits. It stops before the engine does, and a drill in
/// whose midst that is ends as interrupted.
/// </summary>
internal sealed class DrillRunner(ServerOptions options, IClusterClient grains, ICronReader crons, TimeProvider time, ILogger<DrillRunner> logger) : IHostedLifecycleService, IDisposable
{
    private const string Folder = "drill";
    private const string Actor = "failover drill";
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_afterFault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_wholeDrill = TimeSpan.FromMinutes(5);

    private readonly string _runner = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        CallContext.Act(Actor, isProvider: true);
        while (!_stop.IsCancellationRequested)
        {
            var pause = s_every;
            try
            {
                await StartDueAsync();
                if (await grains.Drills().TakeAsync(_runner, _stop.Token) is { } drill)
                {
                    await CarryOutAsync(drill);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The database or the engine is away; drills wait, and nothing else of the server depends on them.
                DrillLog.Failed(logger, exception);
                pause = s_afterFault;
            }

            await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts the drill whose time has come; one whose time passed while no server ran begins now.</summary>
    private async Task StartDueAsync()
    {
        var now = time.GetUtcNow();
        if ((await grains.Drills().GetAsync(_stop.Token)).Schedule is { Due: { } due } schedule && due <= now)
        {
            await grains.Drills().StartDueAsync(due, crons.Next(schedule.Cron, now, out _)?.ToUniversalTime(), _stop.Token);
        }
    }

    private async Task CarryOutAsync(DrillInfo drill)
    {
        using var limit = new CancellationTokenSource(s_wholeDrill, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, limit.Token);
        var director = new DrillDirector(grains, drill.Number, _runner, time, logger);
        var telling = director.TellAsync(over);
        var (state, sentence, report) = await OutcomeAsync(drill, director, limit.Token, over.Token);
        await over.CancelAsync();
        await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        DrillLog.Ended(logger, drill.Number, state, sentence);
        await grains.Drills().EndAsync(drill.Number, _runner, state, sentence, report, CancellationToken.None);
    }

    private async Task<(DrillState State, string Sentence, DrillReport? Report)> OutcomeAsync(
        DrillInfo drill, DrillDirector director, CancellationToken limit, CancellationToken over)
    {
        try
        {
            director.Say("Makes ready: tenant, room, connector.");
            var connector = new DrillConnector(Path.Combine(options.Silo.DataDirectory, Folder), time);
            var gateways = await new DrillPlace(grains, connector).PrepareAsync(drill, over);
            var result = await connector.RunAsync(
                new DrillPlan { Job = DrillGrains.Job, Repository = drill.Repository, Gateways = gateways }, director, over);
            var (state, sentence) = DrillWords.Judge(result);
            return (state, sentence, DrillWords.ToReport(result));
        }
        catch (Exception e) when (e is DrillFailedException or RefusedException)
        {
            return (DrillState.NotPossible, e.Message, null);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return (DrillState.Interrupted, "The server was stopped in its midst.", null);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (DrillState.Failed, $"It was not over after {s_wholeDrill.TotalMinutes:0} minutes, and was ended.", null);
        }
        catch (OperationCanceledException)
        {
            // It is no longer ours: whoever took it away has said why.
            return (DrillState.Interrupted, "It was taken from the server that carried it out.", null);
        }
        catch (Exception e)
        {
            DrillLog.Failed(logger, e);
            return (DrillState.NotPossible, $"A fault of the server's own, whose log has more: {e.Message}", null);
        }
    }
}
