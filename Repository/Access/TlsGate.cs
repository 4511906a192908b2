using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Resume;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Headgate.Repository.Access;

/// <summary>
/// Who may finish a TLS handshake here. TLS 1.3 only; the server name is the one that the gateway told; on <c>r-</c> names a connector's certificate
/// of this authority, on <c>a-</c> names none is asked. No resumption and no early data: every connection is decided anew.
/// Resumable streams are offered on <c>r-</c> names only.
/// </summary>
internal sealed partial class TlsGate(
    ServerCertificates certificates,
    GrantLookup lookup,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<TlsGate> logger)
{
    /// <summary>What a connector asks for that wants a resumable stream.</summary>
    public static readonly SslApplicationProtocol Resume = new(ResumeProtocol.Alpn);

    private readonly ZoneNames _names = new(certificates.Identity.Zone);

    /// <summary>The options of one handshake.</summary>
    /// <exception cref="AuthenticationException">The handshake is refused; the reason is counted and logged.</exception>
    public async ValueTask<SslServerAuthenticationOptions> OnConnectionAsync(TlsHandshakeCallbackContext context)
    {
        var connection = context.Connection.Features.GetRequiredFeature<ClientConnection>();
        var asked = context.ClientHelloInfo.ServerName;
        if (string.IsNullOrEmpty(asked))
        {
            throw Refuse(connection, ConnectionRefusal.NoServerName, "");
        }

        var serverName = asked.ToLowerInvariant();
        if (serverName != connection.Authority)
        {
            throw Refuse(connection, ConnectionRefusal.ServerNameMismatch, serverName);
        }

        // Set before the grant is looked at: whoever closes it after that look finds this connection by its name.
        connection.Kind = _names.Classify(serverName);
        connection.ServerName = serverName;
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ServerCertificateContext = certificates.For(connection.Kind),
        };
        switch (connection.Kind)
        {
            case ServerNameKind.Access:
                // An access that does not exist is served like one that does, to the same 401.
                break;
            case ServerNameKind.Route:
                var (grant, refusal) = await lookup.FindAsync(serverName, context.CancellationToken);
                if (grant is null)
                {
                    throw Refuse(connection, refusal, serverName);
                }

                var identity = certificates.Identity;
                options.ApplicationProtocols = [Resume, SslApplicationProtocol.Http11];
                options.ClientCertificateRequired = true;
                options.CertificateChainPolicy = AuthorityTrust.Policy(identity.Authorities, identity.Intermediates, time);
                options.RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsConnector(connection, identity, certificate, chain);
                break;
            default:
                throw Refuse(connection, ConnectionRefusal.ForeignServerName, serverName);
        }

        return options;
    }

    /// <summary>Whether the certificate is some connector's. Whose is decided on each request, where a sentence can be said.</summary>
    private bool IsConnector(ClientConnection connection, ProgramIdentity identity, X509Certificate? certificate, X509Chain? chain)
    {
        ConnectionRefusal refusal;
        switch (AuthorityTrust.Check(
            certificate,
            [.. chain?.ChainPolicy.ExtraStore ?? [], .. identity.Intermediates],
            identity.Authorities,
            CertificateRole.Connector,
            id: null,
            dnsName: null,
            time))
        {
            case PeerCheck.Ok:
                connection.Connector = CertificateIdentity.Of((X509Certificate2)certificate!)!.Id;
                return true;
            case PeerCheck.NoCertificate:
                refusal = ConnectionRefusal.NoCertificate;
                break;
            case PeerCheck.Expired:
                refusal = ConnectionRefusal.CertificateExpired;
                break;
            case PeerCheck.NotYetValid:
                refusal = ConnectionRefusal.CertificateNotYetValid;
                break;
            case PeerCheck.WrongRole:
                refusal = ConnectionRefusal.CertificateWrongRole;
                break;
            default:
                refusal = ConnectionRefusal.CertificateUntrusted;
                break;
        }

        _ = Refuse(connection, refusal, connection.ServerName);
        return false;
    }

    private AuthenticationException Refuse(ClientConnection connection, ConnectionRefusal refusal, string serverName)
    {
        metrics.ConnectionRefused(refusal);
        var reason = Words.Kebab(refusal.ToString());
        LogRefused(connection.Id, connection.Source.ToString(), connection.Gateway, reason, serverName.Length <= 253 ? serverName : "");
        connection.IsRefused = true;
        return new AuthenticationException($"Refused: {reason}.");
    }

    [LoggerMessage(221, LogLevel.Information,
        "Connection {Connection} of {Source} through gateway {Gateway} refused in the handshake: {Reason} (server name {ServerName})")]
    private partial void LogRefused(string connection, string source, string gateway, string reason, string serverName);
}
