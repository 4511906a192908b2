using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Opens mutually authenticated TLS 1.3 connections through gateways: TCP to one address, then TLS to whom the server name leads to. The peer is
/// judged by the pinned authority alone. Safe for concurrent use.
/// </summary>
internal sealed class TlsDialer(ProgramIdentity identity, DialTimeouts timeouts, TimeProvider time)
{
    private volatile ProgramIdentity _identity = identity;

    /// <summary>The provider's zone.</summary>
    public string Zone => _identity.Zone;

    /// <summary>Who this machine is, and whom it trusts.</summary>
    public ProgramIdentity Identity => _identity;

    /// <summary>Dials with another certificate, or other roots, from now on. Connections that stand keep what they have.</summary>
    public void Replace(ProgramIdentity next) => _identity = next;

    /// <summary>Dials <paramref name="endpoint"/>; the result holds a connection or how it failed.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled; never for our own limits.</exception>
    public Task<DialResult> DialAsync(IPEndPoint endpoint, string? gateway, PeerRequirement peer, CancellationToken token) =>
        DialAsync(endpoint, gateway, peer, timeouts, token);

    /// <summary>The same with limits of the caller's.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="token"/> was cancelled; never for our own limits.</exception>
    public async Task<DialResult> DialAsync(IPEndPoint endpoint, string? gateway, PeerRequirement peer, DialTimeouts limits, CancellationToken token)
    {
        var opened = await TcpDialer.ConnectAsync(endpoint, gateway, limits.Connect, time, token);
        if (opened.Socket is not { } socket)
        {
            return new DialResult(null, opened.Failed);
        }

        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        DialAttempt? judged = null;
        var own = _identity;
        try
        {
            using var limit = new CancellationTokenSource(limits.Tls, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, token);
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = peer.ServerName,
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [.. peer.Protocols],
                ClientCertificateContext = own.CertificateContext,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                CertificateChainPolicy = AuthorityTrust.Policy(own.Authorities, null, time),
                AllowTlsResume = false,
                AllowRenegotiation = false,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    var check = AuthorityTrust.Check(
                        certificate, chain?.ChainPolicy.ExtraStore ?? [], own.Authorities, peer.Role, peer.Id, peer.ServerName, time);
                    judged = check == PeerCheck.Ok ? null : Judge(endpoint, gateway, peer, check, certificate as X509Certificate2);
                    return judged is null;
                },
            };
            await stream.AuthenticateAsClientAsync(options, both.Token);
            var connection = new TlsConnection(socket, stream, endpoint);
            return new DialResult(connection, null);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or OperationCanceledException)
        {
            var failed = judged ?? Judge(endpoint, gateway, e, limits);
            await stream.DisposeAsync();
            socket.Dispose();
            token.ThrowIfCancellationRequested();
            return new DialResult(null, failed);
        }
    }

    private DialAttempt Judge(IPEndPoint endpoint, string? gateway, PeerRequirement peer, PeerCheck check, X509Certificate2? shown)
    {
        var (failure, why) = check switch
        {
            PeerCheck.Expired or PeerCheck.NotYetValid when shown is not null => (DialFailure.ClockWrong, ClockSentence(shown, time)),
            PeerCheck.WrongRole or PeerCheck.WrongId when shown is not null => (
                DialFailure.WrongCertificate,
                $"it led to {Protocol.Naming.CertificateIdentity.Of(shown)?.ToUrn() ?? "a certificate that names nobody"} instead of {peer.Who}"),
            PeerCheck.WrongName => (DialFailure.WrongCertificate, $"the certificate of {peer.Who} is not for {peer.ServerName}"),
            _ => (DialFailure.WrongCertificate, $"the certificate shown for {peer.ServerName} is not of this provider's authority"
                + (peer.Role == Protocol.Naming.CertificateRole.Silo ? " (if the provider says that it has changed it: ask for a new code and enrol again)" : "")),
        };
        return new DialAttempt(gateway, endpoint.ToString(), failure, why);
    }

    private static DialAttempt Judge(IPEndPoint endpoint, string? gateway, Exception fault, DialTimeouts limits)
    {
        var (failure, why) = fault switch
        {
            OperationCanceledException => (
                DialFailure.TlsTimeout,
                string.Create(CultureInfo.InvariantCulture, $"connected, but no TLS handshake within {limits.Tls.TotalSeconds:0.#} s")),
            _ when TlsFaults.AlertOf(fault) is { } alert => (DialFailure.NoTls, $"TLS alert: {alert}"),
            _ when TlsFaults.SocketErrorOf(fault) is { } error => (
                DialFailure.ClosedInHandshake, $"{TlsFaults.Describe(error)} during the TLS handshake"),
            IOException => (DialFailure.ClosedInHandshake, "closed during the TLS handshake"),
            _ => (DialFailure.NoTls, "it does not speak TLS 1.3"),
        };
        return new DialAttempt(gateway, endpoint.ToString(), failure, why);
    }

    /// <summary>This machine's time against the validity of <paramref name="certificate"/>, as a clause.</summary>
    public static string ClockSentence(X509Certificate2 certificate, TimeProvider time) => string.Create(
        CultureInfo.InvariantCulture,
        $"this machine's clock says {time.GetUtcNow():u}, the certificate is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}");
}
