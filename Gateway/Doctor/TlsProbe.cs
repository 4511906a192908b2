using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Headgate.Protocol.Enrolment;

namespace Headgate.Gateway.Doctor;

/// <summary>Looks at who answers under a server name at an address, and what its clock says.</summary>
internal static class TlsProbe
{
    /// <summary>For one look at an operator's terminal.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int MaxHead = 16 * 1024;

    /// <summary>Connects only; null when that works, else why not.</summary>
    public static async Task<string?> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, patience.Token);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds:0} s";
        }
    }

    /// <summary>TLS to <paramref name="serverName"/>, then a request for the time.</summary>
    /// <param name="host">Address or name to dial.</param>
    /// <param name="port">Its port.</param>
    /// <param name="serverName">Whom to ask for.</param>
    /// <param name="authority">Whose certificates are right; null: the system's.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="within">For all of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TlsSight> LookAsync(
        string host, int port, string serverName, X509Certificate2Collection? authority, TimeProvider time, TimeSpan within, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(within);
        var faults = new List<string>();
        DateTimeOffset? ends = null;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, patience.Token);
            await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        ends = certificate is X509Certificate2 seen ? new DateTimeOffset(seen.NotAfter) : null;
                        faults.AddRange(Judge(certificate as X509Certificate2, chain, errors, serverName, authority, time));
                        return true;
                    },
                },
                patience.Token);
            var sent = time.GetUtcNow();
            var date = await AskTimeAsync(tls, serverName, patience.Token);
            var middle = sent + ((time.GetUtcNow() - sent) / 2);
            return new TlsSight(null, faults, ends, date is { } told ? told + TimeSpan.FromMilliseconds(500) - middle : null);
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            return new TlsSight(exception.Message, faults, ends, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new TlsSight($"no answer within {within.TotalSeconds:0} s", faults, ends, null);
        }
    }

    private static IEnumerable<string> Judge(
        X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors, string serverName, X509Certificate2Collection? authority, TimeProvider time)
    {
        if (certificate is null)
        {
            yield return "it shows no certificate";
            yield break;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            yield return $"its certificate is for other names than {serverName}";
        }

        var now = time.GetUtcNow().UtcDateTime;
        if (now > certificate.NotAfter.ToUniversalTime() || now < certificate.NotBefore.ToUniversalTime())
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"its certificate is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC only");
        }

        if (authority is null)
        {
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            {
                yield return "its certificate is not of an authority that this machine trusts";
            }

            yield break;
        }

        using var chain = new X509Chain { ChainPolicy = AuthorityTrust.Policy(authority, sent?.ChainPolicy.ExtraStore, time) };
        chain.ChainPolicy.VerificationFlags |= X509VerificationFlags.IgnoreNotTimeValid;
        if (!chain.Build(certificate))
        {
            yield return "its certificate is not of this provider's authority: " + string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation.Trim()));
        }
    }

    /// <summary>The Date header of any answer (RFC 9110, section 6.6.1): whole seconds.</summary>
    private static async Task<DateTimeOffset?> AskTimeAsync(SslStream tls, string serverName, CancellationToken cancellationToken)
    {
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HEAD / HTTP/1.1\r\nHost: {serverName}\r\nConnection: close\r\n\r\n"), cancellationToken);
        var buffer = new byte[MaxHead];
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = await tls.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            filled += read;
            var head = Encoding.Latin1.GetString(buffer, 0, filled);
            if (read > 0 && !head.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                continue;
            }

            var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Date:", StringComparison.OrdinalIgnoreCase));
            return DateTimeOffset.TryParseExact(line?[5..].Trim(), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
        }

        return null;
    }
}

/// <summary>What was seen.</summary>
/// <param name="Unreachable">Why nobody answers, or null.</param>
/// <param name="Faults">What is wrong with the certificate.</param>
/// <param name="Ends">When it ends.</param>
/// <param name="Skew">How far the other clock is ahead of this one (to half a second), or null when it said nothing.</param>
internal sealed record TlsSight(string? Unreachable, IReadOnlyList<string> Faults, DateTimeOffset? Ends, TimeSpan? Skew);
