using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// First certificate, on one TLS connection: fetch the authority's root, compare it with the code's fingerprint, validate this very connection with it,
/// and only then send the secret and a signing request. Whoever answered before that has learned nothing.
/// </summary>
public static class EnrolmentClient
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Enrols with <paramref name="code"/>. A new key is made here and never leaves.</summary>
    /// <param name="code">The code.</param>
    /// <param name="dial">Opens a TCP connection to where the code points. Called once.</param>
    /// <param name="hostName">This machine's name, for people and for a connector's id.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ProblemException">The silo refused: code used, expired, wrong.</exception>
    /// <exception cref="EnrolmentException">It did not come to that.</exception>
    public static Task<ProgramIdentity> EnrolAsync(
        EnrolmentCode code, Func<CancellationToken, Task<Stream>> dial, string hostName, TimeProvider time, CancellationToken cancellationToken) =>
        EnrolAsync(code, null, null, dial, hostName, time, cancellationToken);

    /// <summary>Enrols with <paramref name="code"/>.</summary>
    /// <param name="code">The code.</param>
    /// <param name="fleet">With a fleet token's code: which gateway this machine is to be. Otherwise null.</param>
    /// <param name="key">The private key, which never leaves; see <see cref="EnrolmentKey"/>. Null: a new one is made here.</param>
    /// <param name="dial">Opens a TCP connection to where the code points. Called once.</param>
    /// <param name="hostName">This machine's name, for people and for a connector's id.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ProblemException">The silo refused: code used, expired, wrong; the id or the address is another gateway's.</exception>
    /// <exception cref="EnrolmentException">It did not come to that.</exception>
    public static async Task<ProgramIdentity> EnrolAsync(
        EnrolmentCode code,
        FleetGateway? fleet,
        ECDsa? key,
        Func<CancellationToken, Task<Stream>> dial,
        string hostName,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        X509Certificate2? leaf = null;
        var intermediates = new X509Certificate2Collection();
        var dialled = false;
        using var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            AllowAutoRedirect = false,
            UseProxy = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            ConnectCallback = (_, token) => ConnectAsync(token),
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://enrol.invalid"), Timeout = s_timeout };
        try
        {
            using var rootAnswer = await client.SendAsync(ProtocolHttp.Request(HttpMethod.Get, EdgeRoutes.Authority), cancellationToken);
            await ProtocolHttp.EnsureSuccessAsync(rootAnswer, cancellationToken);
            var told = AuthorityTrust.ReadPem(await rootAnswer.Content.ReadAsStringAsync(cancellationToken));
            using var root = Validate(code, told, leaf, intermediates, time);

            using var made = key is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
            var own = key ?? made!;
            var csr = new CertificateRequest("CN=headgate", own, HashAlgorithmName.SHA256).CreateSigningRequestPem();
            var request = new EnrolmentRequest(
                code.RoleWord, code.Subject, code.Secret, csr, hostName, fleet?.Gateway, fleet?.Address, fleet?.Port, fleet?.Mode);
            using var answer = await client.SendAsync(ProtocolHttp.Request(HttpMethod.Post, EdgeRoutes.Enrol, request), cancellationToken);
            var issued = await ProtocolHttp.ReadAsync<EnrolmentAnswer>(answer, cancellationToken);
            return Accept(code, root, own, issued);
        }
        catch (HttpRequestException fault)
        {
            throw new EnrolmentException(
                EnrolmentFailure.Unreachable, $"{code.Host}:{code.Port} did not complete the enrolment: {Innermost(fault)}", fault);
        }
        catch (OperationCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EnrolmentException(
                EnrolmentFailure.Unreachable, $"{code.Host}:{code.Port} did not answer within {s_timeout.TotalSeconds:0} s.", fault);
        }
        catch (CryptographicException fault)
        {
            throw new EnrolmentException(EnrolmentFailure.BadAnswer, "The server's answer is not a certificate: " + fault.Message, fault);
        }
        finally
        {
            leaf?.Dispose();
        }

        async ValueTask<Stream> ConnectAsync(CancellationToken token)
        {
            // The connection whose certificate was validated is the only one that may carry the secret.
            if (dialled)
            {
                throw new IOException("The connection broke during enrolment; nothing was spent, try again.");
            }

            dialled = true;
            var tls = new SslStream(await dial(token));
            try
            {
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = ZoneNames.IsDnsName(code.Host) ? code.Host : "",
                        EnabledSslProtocols = SslProtocols.Tls13,
                        ApplicationProtocols = [SslApplicationProtocol.Http11],
                        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                        RemoteCertificateValidationCallback = (_, certificate, chain, _) => Remember(certificate, chain),
                    },
                    token);
                return tls;
            }
            catch (AuthenticationException fault)
            {
                await tls.DisposeAsync();
                throw new IOException("the TLS handshake failed: " + fault.Message, fault);
            }
            catch (IOException)
            {
                await tls.DisposeAsync();
                throw;
            }
        }

        bool Remember(X509Certificate? certificate, X509Chain? chain)
        {
            if (certificate is null)
            {
                return false;
            }

            leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            foreach (var element in chain?.ChainPolicy.ExtraStore ?? [])
            {
                intermediates.Add(X509CertificateLoader.LoadCertificate(element.RawData));
            }

            return true;
        }
    }

    /// <summary>The root that the code names, which this very connection's certificate leads to. What else was told is believed in nothing but words.</summary>
    private static X509Certificate2 Validate(
        EnrolmentCode code, X509Certificate2Collection told, X509Certificate2? leaf, X509Certificate2Collection intermediates, TimeProvider time)
    {
        var root = told.FirstOrDefault(candidate => AuthorityTrust.Fingerprint(candidate) == code.Fingerprint)
            ?? throw new EnrolmentException(
                EnrolmentFailure.WrongAuthority,
                $"The authority at {code.Host}:{code.Port} has the fingerprint {AuthorityTrust.Fingerprint(told[0])}, the code names {code.Fingerprint}. "
                + "The provider has changed its authority since the code was made, or the code is of another provider, or somebody stands between. "
                + "Ask for a new code. Nothing was sent.");

        var dnsName = code.Role == CertificateRole.Connector ? code.Host : null;
        switch (AuthorityTrust.Check(leaf, intermediates, root, CertificateRole.Silo, null, dnsName, time))
        {
            case PeerCheck.Ok:
                return root;
            case PeerCheck.Expired or PeerCheck.NotYetValid:
                throw new EnrolmentException(
                    EnrolmentFailure.ClockWrong,
                    $"This machine's clock says {time.GetUtcNow():u}; the server's certificate is valid from {leaf!.NotBefore.ToUniversalTime():u} "
                    + $"to {leaf.NotAfter.ToUniversalTime():u}. Set the clock, then try again. Nothing was sent.");
            case PeerCheck.Untrusted when leaf is not null && AuthorityTrust.RootOf(leaf, intermediates, told) is { } other:
                throw new EnrolmentException(
                    EnrolmentFailure.WrongAuthority,
                    $"This code was made before the provider at {code.Host}:{code.Port} changed its authority: it names {code.Fingerprint}, the server's certificate "
                    + $"is of {AuthorityTrust.Fingerprint(other)}. Ask for a new code. Nothing was sent.");
            case var check:
                throw new EnrolmentException(
                    EnrolmentFailure.WrongServer,
                    $"The server at {code.Host}:{code.Port} does not hold a silo's certificate of that authority ({check}). Nothing was sent.");
        }
    }

    private static ProgramIdentity Accept(EnrolmentCode code, X509Certificate2 root, ECDsa key, EnrolmentAnswer issued)
    {
        // The connection was judged by the root of the code; what the silo says over it of others is the silo's word.
        if (!AuthorityTrust.ReadPem(issued.Authority).Any(told => told.RawDataMemory.Span.SequenceEqual(root.RawDataMemory.Span)))
        {
            throw new EnrolmentException(EnrolmentFailure.BadAnswer, "The silo's answer does not name the authority that its own certificate is of.");
        }

        var identity = new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), issued.Certificate, issued.Authority, issued.Zone, code.Host, code.Port);
        if (identity.Identity.Role != code.Role)
        {
            identity.Dispose();
            throw new EnrolmentException(
                EnrolmentFailure.BadAnswer, $"The silo answered a certificate for a {identity.Identity.Role}, asked was one for a {code.Role}.");
        }

        return identity;
    }

    private static string Innermost(Exception fault)
    {
        while (fault.InnerException is { } inner)
        {
            fault = inner;
        }

        return fault.Message;
    }
}
