using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A silo in memory, for tests with a clock of their own.</summary>
internal sealed class FakeSilo : ISilo
{
    public ConcurrentDictionary<string, GatewayRoute> Routes { get; } = new();

    public ConcurrentQueue<string> LookedUp { get; } = new();

    public ConcurrentQueue<long?> StreamsAfter { get; } = new();

    public bool IsAway { get; set; }

    public TaskCompletionSource? LookUpGate { get; set; }

    /// <summary>The stream that is open: completing it ends it.</summary>
    public Channel<EdgeEvent> Events { get; private set; } = Channel.CreateUnbounded<EdgeEvent>();

    public void ReopenStream() => Events = Channel.CreateUnbounded<EdgeEvent>();

    public async IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StreamsAfter.Enqueue(after);
        if (IsAway)
        {
            throw new HttpRequestException("The silo is away.");
        }

        await foreach (var happened in Events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return happened;
        }
    }

    public async Task<GatewayRoute?> LookUpAsync(string serverName, CancellationToken cancellationToken)
    {
        LookedUp.Enqueue(serverName);
        if (LookUpGate is { } gate)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        return IsAway ? throw new HttpRequestException("The silo is away.") : Routes.GetValueOrDefault(serverName);
    }

    public Task<GatewayHeartbeatAnswer> HeartbeatAsync(GatewayHeartbeat heartbeat, CancellationToken cancellationToken) =>
        throw new HttpRequestException("The silo is away.");
}
