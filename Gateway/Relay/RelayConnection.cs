using System.Net.Sockets;
using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Relay;

/// <summary>
/// Two connected sockets and what the gateway read or made before they met. The relay owns both sockets from the moment it is given this, because
/// how they are closed (cleanly or by reset) is part of relaying.
/// </summary>
internal sealed class RelayConnection
{
    /// <summary>The tenant's side.</summary>
    public required Socket Tenant { get; init; }

    /// <summary>The target's side.</summary>
    public required Socket Target { get; init; }

    /// <summary>For the target, before anything else: PROXY header, then the bytes already read from the tenant.</summary>
    public required ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>How many bytes of <see cref="Head"/> are the tenant's own.</summary>
    public required int TenantBytesInHead { get; init; }

    /// <summary>Where moved bytes are counted while the relay runs.</summary>
    public required GatewayCounters Counters { get; init; }

    /// <summary>The connection as others see it, with what its tenant may move; null: nobody looks, and there is no limit.</summary>
    public ManagedConnection? Live { get; init; }
}
