namespace Headgate.Gateway;

/// <summary>Why a connection was not relayed. Each is counted under the name that <see cref="RefusalNames"/> gives it.</summary>
internal enum Refusal
{
    /// <summary>As many connections as <see cref="GatewayOptions.MaxConnections"/> are open.</summary>
    ConnectionLimit,

    /// <summary>This source has as many open as <see cref="GatewayOptions.MaxConnectionsPerSource"/>.</summary>
    SourceLimit,

    /// <summary>As many connections as <see cref="GatewayOptions.MaxHandshakes"/> have not been led anywhere yet: this one waited longest for its hello, or none waits and this one is new.</summary>
    HandshakeLimit,

    /// <summary>This source has as many not led anywhere yet as <see cref="GatewayOptions.MaxHandshakesPerSource"/>.</summary>
    SourceHandshakeLimit,

    /// <summary>The tenant has as many relayed as <see cref="GatewayOptions.MaxConnectionsPerTenant"/>.</summary>
    TenantLimit,

    /// <summary>The hello was not complete within <see cref="GatewayOptions.HelloTimeout"/>.</summary>
    HelloTimeout,

    /// <summary>The client closed or reset the connection before the hello was complete.</summary>
    HelloTorn,

    /// <summary>The hello is longer than 16 KiB.</summary>
    HelloTooLong,

    /// <summary>The hello cannot be read, or names two servers.</summary>
    HelloMalformed,

    /// <summary>The first bytes are not TLS.</summary>
    NotTls,

    /// <summary>The hello names no server.</summary>
    NoServerName,

    /// <summary>The name leads nowhere.</summary>
    UnknownName,

    /// <summary>This source asked for more unknown names than <see cref="GatewayOptions.UnknownNamesPerMinute"/>.</summary>
    UnknownNameRate,

    /// <summary>The name is not cached and no silo could be asked.</summary>
    SiloUnreachable,

    /// <summary>The name's target is not among the registered ones.</summary>
    TargetUnknown,

    /// <summary>The target did not take the connection within <see cref="GatewayOptions.DialTimeout"/>.</summary>
    TargetUnreachable,

    /// <summary>The gateway stopped, was disabled, or the route was closed, before the relay began.</summary>
    Ended,

    /// <summary>A fault of this program; the log has it.</summary>
    Fault,
}
