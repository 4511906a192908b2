using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Heartbeat;

/// <summary>Tells the silo this gateway's load as often as the silo asks (1 s, jitter 20 %) and what tenants move, and obeys the answer: the wanted state, how long a
/// drain may take, this gateway's part of tenants' bandwidth. The last one says that this process stops.</summary>
internal sealed class HeartbeatLoop(
    GatewayCounters counters, TenantMeters meters, RouteTable table, ISilo silo, GatewayMetrics metrics, TimeProvider time, ILogger<HeartbeatLoop> log) : BackgroundService
{
    /// <summary>Named in one heartbeat; more where more have a limit.</summary>
    private const int MostTenants = 200;

    private const double Jitter = 0.2;
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(5);

    private TimeSpan _interval = s_first;
    private bool? _arrives;
    private bool _isStopping;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_arrives == true)
        {
            _isStopping = true;
            await BeatAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeatAsync(stoppingToken);
                await Task.Delay(_interval * (1 + (Jitter * ((2 * Random.Shared.NextDouble()) - 1))), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_answerWithin, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var heartbeat = new GatewayHeartbeat(
                GatewayVersion.Current, counters.Active, counters.Accepted, counters.BytesUp, counters.BytesDown, counters.Epoch, counters.Refused(), _isStopping,
                meters.Report(MostTenants));
            var asked = time.GetTimestamp();
            var answer = await silo.HeartbeatAsync(heartbeat, both.Token);
            var seconds = TimeSpan.FromSeconds(double.IsFinite(answer.IntervalSeconds) ? Math.Clamp(answer.IntervalSeconds, 0, 3600) : 1);
            _interval = seconds < s_shortest ? s_shortest : seconds > s_longest ? s_longest : seconds;
            table.Heard();
            table.SetWanted(answer.WantedState, answer.DrainSecondsLeft, asked);
            if (answer.Bandwidth is { } shares)
            {
                meters.Apply(shares);
            }

            metrics.HeartbeatSent("answered");
            if (_arrives != true)
            {
                _arrives = true;
                GatewayLog.HeartbeatArrives(log, answer.WantedState);
            }
        }
        catch (ProblemException e)
        {
            Failed(e.Code, e.Message);
            if (e.Code == ProblemCodes.Revoked)
            {
                // Repositories no longer believe this gateway, so it could lead nobody anywhere.
                table.SetWanted(GatewayWantedState.Disabled);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Failed("unreachable", e.Message);
        }
        catch (ObjectDisposedException)
        {
            // The certificate was renewed under it; the next goes out with the new one.
            metrics.HeartbeatSent("superseded");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Failed("timeout", $"no answer within {s_answerWithin.TotalSeconds:0} s");
        }
    }

    private void Failed(string outcome, string why)
    {
        metrics.HeartbeatSent(outcome);
        if (_arrives == false)
        {
            return;
        }

        _arrives = false;
        if (outcome == ProblemCodes.Revoked)
        {
            GatewayLog.Revoked(log, why);
        }
        else
        {
            GatewayLog.HeartbeatFails(log, why);
        }
    }
}
