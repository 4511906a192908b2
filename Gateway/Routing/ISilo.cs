using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;

namespace Headgate.Gateway.Routing;

/// <summary>What a gateway asks of the silo. Safe for concurrent use.</summary>
internal interface ISilo
{
    /// <summary>The event stream on one connection; see <see cref="EdgeClient.StreamAsync"/>.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or fell silent.</exception>
    /// <exception cref="IOException">The connection broke in the middle of an answer.</exception>
    IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, CancellationToken cancellationToken);

    /// <summary>Where a name leads, or null when nowhere.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    /// <exception cref="IOException">The connection broke in the middle of the answer.</exception>
    Task<GatewayRoute?> LookUpAsync(string serverName, CancellationToken cancellationToken);

    /// <summary>Reports load, learns the wanted state.</summary>
    /// <exception cref="ProblemException">The silo refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached, or did not answer in time.</exception>
    /// <exception cref="IOException">The connection broke in the middle of the answer.</exception>
    Task<GatewayHeartbeatAnswer> HeartbeatAsync(GatewayHeartbeat heartbeat, CancellationToken cancellationToken);
}
