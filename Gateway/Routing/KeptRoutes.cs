using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>What a gateway keeps on disk, to serve after a restart while the silo is away. It holds MAC keys: owner only.</summary>
/// <param name="HeardAt">When the silo was last heard.</param>
/// <param name="Snapshot">All that was known then.</param>
internal sealed record KeptRoutes(DateTimeOffset HeardAt, GatewaySnapshot Snapshot);
