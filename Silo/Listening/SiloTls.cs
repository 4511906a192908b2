using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Proxy;
using Headgate.Silo.Certificates;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>
/// TLS of both APIs: 1.3 only, no tickets, no resumption. A client certificate is asked for and may be left out (enrolment has none yet); one that is not of
/// our authority ends the handshake. One that is ours but ended, or is for another role, passes here and is refused with a sentence, which a TLS
/// alert cannot carry.
/// </summary>
internal sealed class SiloTls(
    Authority authority,
    SiloCertificate own,
    SiloOptions options,
    TimeProvider time,
    ApiMetrics metrics,
    ILogger<SiloTls> logger)
{
    private static readonly List<SslApplicationProtocol> s_protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private readonly ZoneNames _names = new(options.Zone);

    /// <summary>For the edge API. Any server name is served: clients dial the address they were given and check the certificate's name.</summary>
    public ValueTask<SslServerAuthenticationOptions> Edge(TlsHandshakeCallbackContext context) => new(For(context, ApiKind.Edge));

    /// <summary>For the tenant API. The server name must lead here and be the one the gateway saw.</summary>
    public ValueTask<SslServerAuthenticationOptions> Tenant(TlsHandshakeCallbackContext context)
    {
        var serverName = context.ClientHelloInfo.ServerName.ToLowerInvariant();
        var told = context.Connection.Features.GetRequiredFeature<IProxyConnectionFeature>().Header.Authority;
        if (_names.Classify(serverName) != ServerNameKind.TenantApi || serverName != told)
        {
            ConnectionGate.Refused(context.Connection);
            metrics.ConnectionRefused(ApiKind.Tenant, "server-name");
            throw new AuthenticationException("The server name is not one of the tenant API's, or not the one that the gateway saw.");
        }

        return new(For(context, ApiKind.Tenant));
    }

    private SslServerAuthenticationOptions For(TlsHandshakeCallbackContext context, ApiKind kind)
    {
        var remote = context.Connection.RemoteEndPoint?.ToString() ?? "";
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = own.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = s_protocols,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsOurs(certificate, chain, kind, remote, context.Connection),
        };
    }

    private bool IsOurs(X509Certificate? certificate, X509Chain? chain, ApiKind kind, string remote, ConnectionContext connection)
    {
        if (certificate is null)
        {
            return true;
        }

        var extra = new X509Certificate2Collection(authority.Issuers.ToArray());
        extra.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        var check = AuthorityTrust.Check(certificate, extra, authority.Roots, CertificateRole.Connector, null, null, time);
        if (check != PeerCheck.Untrusted)
        {
            return true;
        }

        ConnectionGate.Refused(connection);
        metrics.ConnectionRefused(kind, "foreign-certificate");
        ListeningLog.ForeignCertificate(logger, kind, remote, Convert.ToHexString(certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256)));
        return false;
    }
}
