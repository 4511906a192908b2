namespace Headgate.Repository.Access;

/// <summary>Why a connection was refused before it could carry HTTP.</summary>
internal enum ConnectionRefusal
{
    /// <summary>No PROXY v2 header of ours in front.</summary>
    ProxyMalformed,

    /// <summary>The header names a gateway that is not registered.</summary>
    ProxyUnknownGateway,

    /// <summary>The header's MAC is wrong.</summary>
    ProxyBadMac,

    /// <summary>The header did not come within 5 s.</summary>
    ProxyLate,

    /// <summary>The ClientHello names nobody.</summary>
    NoServerName,

    /// <summary>The ClientHello names another server than the gateway told.</summary>
    ServerNameMismatch,

    /// <summary>The name is not one that leads to a repository of this zone.</summary>
    ForeignServerName,

    /// <summary>No such route: never opened for this repository, or closed.</summary>
    UnknownRoute,

    /// <summary>Whether there is such a route cannot be learned: the silo does not answer.</summary>
    SiloUnheard,

    /// <summary>No client certificate on a route.</summary>
    NoCertificate,

    /// <summary>The client certificate is not of this authority.</summary>
    CertificateUntrusted,

    /// <summary>The client certificate has ended.</summary>
    CertificateExpired,

    /// <summary>The client certificate has not begun.</summary>
    CertificateNotYetValid,

    /// <summary>The client certificate is not a connector's.</summary>
    CertificateWrongRole,

    /// <summary>The handshake failed in TLS itself: not TLS, another version than 1.3, no common ALPN, or the peer went away.</summary>
    HandshakeFailed,
}
