using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headgate.Gateway;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Silo.Bench;

/// <summary>A gateway's own heartbeat loop, stream and edge client, over its own certificate; nothing listens. Remembers when it was answered.</summary>
internal sealed class SimulatedGateway : IAsyncDisposable
{
    private readonly EdgeSilo _edge;
    private readonly HeartbeatLoop _heartbeats;
    private readonly SiloStream _stream;

    public SimulatedGateway(ProgramIdentity identity, IMeterFactory meters)
    {
        var counters = new GatewayCounters(TimeProvider.System);
        var table = new RouteTable(TimeProvider.System);
        _edge = new EdgeSilo(identity, TimeProvider.System);
        var timed = new Timed(_edge);
        Answered = timed;
        _heartbeats = new HeartbeatLoop(
            counters, new TenantMeters(TimeProvider.System), table, timed, new GatewayMetrics(meters, counters), TimeProvider.System, NullLogger<HeartbeatLoop>.Instance);
        _stream = new SiloStream(table, timed, TimeProvider.System, NullLogger<SiloStream>.Instance);
    }

    /// <summary>When it was answered, since the last <see cref="Timed.Forget"/>.</summary>
    public Timed Answered { get; }

    public async Task StartAsync()
    {
        await _heartbeats.StartAsync(CancellationToken.None);
        await _stream.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        using var ended = new CancellationTokenSource();
        await ended.CancelAsync();
        await Task.WhenAll(_heartbeats.StopAsync(ended.Token), _stream.StopAsync(ended.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _heartbeats.Dispose();
        _stream.Dispose();
        _edge.Dispose();
    }

    /// <summary>Notes the first answers.</summary>
    internal sealed class Timed(ISilo silo) : ISilo
    {
        private long _heartbeat;
        private long _event;

        /// <summary>When a heartbeat was first answered; 0: not yet.</summary>
        public long Heartbeat => Volatile.Read(ref _heartbeat);

        /// <summary>When the stream first said something; 0: not yet.</summary>
        public long Event => Volatile.Read(ref _event);

        public void Forget()
        {
            Volatile.Write(ref _heartbeat, 0);
            Volatile.Write(ref _event, 0);
        }

        public async IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var happened in silo.StreamAsync(after, cancellationToken))
            {
                Interlocked.CompareExchange(ref _event, Stopwatch.GetTimestamp(), 0);
                yield return happened;
            }
        }

        public Task<GatewayRoute?> LookUpAsync(string serverName, CancellationToken cancellationToken) => silo.LookUpAsync(serverName, cancellationToken);

        public async Task<GatewayHeartbeatAnswer> HeartbeatAsync(GatewayHeartbeat heartbeat, CancellationToken cancellationToken)
        {
            var answer = await silo.HeartbeatAsync(heartbeat, cancellationToken);
            Interlocked.CompareExchange(ref _heartbeat, Stopwatch.GetTimestamp(), 0);
            return answer;
        }
    }
}
