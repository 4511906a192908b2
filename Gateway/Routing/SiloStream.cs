using System.Text.Json;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Routing;

/// <summary>
/// Follows the silo's event stream for as long as the gateway runs: after a break it comes back with the last sequence number, after a jittered wait
/// that doubles from 250 ms to 5 s and begins anew after a stream that lasted 5 s. An event that cannot be read asks for a fresh snapshot.
/// </summary>
internal sealed class SiloStream(RouteTable table, ISilo silo, TimeProvider time, ILogger<SiloStream> log) : BackgroundService
{
    private static readonly TimeSpan s_firstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    private long? _after;
    private TimeSpan _wait = s_firstWait;
    private bool _connected;
    private bool _saidBroken;
    private long _connectedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
                Broken("the silo ended the stream");
            }
            catch (ProblemException e)
            {
                if (e.Code == ProblemCodes.Revoked)
                {
                    table.SetWanted(GatewayWantedState.Disabled);
                }

                Broken(e.Message);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                Broken(e.Message);
            }
            catch (Exception e) when (e is JsonException or ArgumentException)
            {
                _after = null;
                Broken("an event could not be read: " + e.Message);
            }
            catch (ObjectDisposedException)
            {
                Broken("the certificate was renewed");
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                Broken("the certificate was renewed");
            }

            try
            {
                await Task.Delay(_wait * (0.5 + (Random.Shared.NextDouble() / 2)), time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _wait = _wait * 2 < s_longestWait ? _wait * 2 : s_longestWait;
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await foreach (var happened in silo.StreamAsync(_after, cancellationToken))
        {
            if (!_connected)
            {
                _connected = true;
                _connectedAt = time.GetTimestamp();
                GatewayLog.StreamConnected(log, _after);
            }

            table.Heard();
            if (happened == EdgeEvent.Heard)
            {
                continue;
            }

            Apply(happened);
            _after = happened.Sequence ?? _after;
        }
    }

    private void Apply(EdgeEvent happened)
    {
        switch (happened.Kind)
        {
            case EdgeEventKinds.Snapshot:
                var snapshot = happened.Read<GatewaySnapshot>();
                table.Replace(snapshot);
                _after = snapshot.Sequence;
                GatewayLog.SnapshotTaken(log, snapshot.Sequence, snapshot.Targets.Count, snapshot.Routes.Count, snapshot.WantedState);
                break;
            case EdgeEventKinds.TargetChanged:
                table.SetTarget(happened.Read<RelayTarget>());
                break;
            case EdgeEventKinds.TargetRemoved:
                table.RemoveTarget(happened.Read<NameReference>().Id);
                break;
            case EdgeEventKinds.RouteOpened:
                table.Open(happened.Read<GatewayRoute>());
                break;
            case EdgeEventKinds.RouteClosed:
                table.Close(happened.Read<NameReference>().Id);
                break;
            case EdgeEventKinds.WantedState:
                var change = happened.Read<WantedStateChange>();
                table.SetWanted(change.State, change.DrainSecondsLeft);
                break;
            default:
                // A newer silo may say more.
                GatewayLog.EventSkipped(log, happened.Kind);
                break;
        }
    }

    private void Broken(string why)
    {
        if (_connected || !_saidBroken)
        {
            _saidBroken = true;
            GatewayLog.StreamBroken(log, why);
        }

        if (_connected && time.GetElapsedTime(_connectedAt) >= s_longestWait)
        {
            _wait = s_firstWait;
        }

        _connected = false;
    }
}
