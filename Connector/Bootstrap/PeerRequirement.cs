using System.Net.Security;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Bootstrap;

/// <summary>Who must be at the other end of a TLS connection.</summary>
/// <param name="ServerName">Sent as server name, and a DNS name of the certificate.</param>
/// <param name="Role">The role that the certificate must name.</param>
/// <param name="Id">The id that it must name, or null for any of the role.</param>
internal sealed record PeerRequirement(string ServerName, CertificateRole Role, string? Id)
{
    /// <summary>The application protocols that are offered (ALPN), best first. Default: HTTP/1.1 alone.</summary>
    public IReadOnlyList<SslApplicationProtocol> Protocols { get; init; } = [SslApplicationProtocol.Http11];

    /// <summary>Such as <c>repository nas1</c>.</summary>
    public string Who => Id is null ? Role.ToString().ToLowerInvariant() : $"{Role.ToString().ToLowerInvariant()} {Id}";
}
