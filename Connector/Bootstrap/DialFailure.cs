namespace Headgate.Connector.Bootstrap;

/// <summary>How one address failed. None but <see cref="RefusedInside"/> proves anything about the provider: the next address is tried.</summary>
internal enum DialFailure
{
    /// <summary>The name has no address.</summary>
    NotResolved,

    /// <summary>Nothing listens there.</summary>
    ConnectionRefused,

    /// <summary>No route, network down, or another socket error.</summary>
    Unreachable,

    /// <summary>No TCP connection within the limit.</summary>
    ConnectTimeout,

    /// <summary>Connected, but no TLS handshake within the limit.</summary>
    TlsTimeout,

    /// <summary>Connected, then closed or reset before the handshake ended.</summary>
    ClosedInHandshake,

    /// <summary>A TLS alert or no TLS at all. Anyone on the way can write that.</summary>
    NoTls,

    /// <summary>The certificate is not the one that must be there.</summary>
    WrongCertificate,

    /// <summary>The certificate would do at another time.</summary>
    ClockWrong,

    /// <summary>The connection stood and broke before an answer came.</summary>
    BrokenOff,

    /// <summary>The connection stood, and no answer came within the limit.</summary>
    NoAnswer,

    /// <summary>The authenticated peer refused this machine's certificate: final.</summary>
    RefusedInside,
}
