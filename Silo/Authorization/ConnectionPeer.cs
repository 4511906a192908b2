using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Authorization;

/// <summary>A connection's certificate, read once and not with each request. A feature of every connection. Safe for concurrent use.</summary>
internal sealed class ConnectionPeer
{
    private (X509Certificate2 Certificate, PeerCertificate? Peer)[] _read = [];

    /// <summary>Whom <paramref name="certificate"/> names; null for nobody of ours.</summary>
    public PeerCertificate? Of(X509Certificate2 certificate)
    {
        var read = Volatile.Read(ref _read);
        if (read.Length == 0 || !ReferenceEquals(read[0].Certificate, certificate))
        {
            var peer = CertificateIdentity.Of(certificate) is { } identity
                ? new PeerCertificate(identity, certificate.SerialNumber, new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter))
                : null;
            Volatile.Write(ref _read, read = [(certificate, peer)]);
        }
        return read[0].Peer;
    }
}
