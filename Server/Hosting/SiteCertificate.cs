using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Silo.Certificates;

namespace Headgate.Server.Hosting;

/// <summary>
/// The certificate that a site shows to browsers: the provider's own out of two PEM files, which may be replaced while the server runs, or the authority's where
/// none was brought. Safe for concurrent use.
/// </summary>
internal sealed class SiteCertificate
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);
    private static readonly List<SslApplicationProtocol> s_protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    private readonly string? _certificate;
    private readonly string? _key;
    private readonly SiloCertificate _own;
    private readonly TimeProvider _time;
    private readonly ILogger<SiteCertificate> _logger;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext? _brought;
    private (DateTime Certificate, DateTime Key) _written;
    private DateTimeOffset _looked;

    /// <exception cref="StartupException">The files are no certificate and its key.</exception>
    public SiteCertificate(string? certificate, string? key, SiloCertificate own, TimeProvider time, ILogger<SiteCertificate> logger)
    {
        (_certificate, _key, _own, _time, _logger) = (certificate, key, own, time, logger);
        if (certificate is null)
        {
            return;
        }

        try
        {
            (_brought, _written, _looked) = (Load(), WrittenAt(), time.GetUtcNow());
        }
        catch (Exception exception) when (IsOfTheFiles(exception))
        {
            throw new StartupException($"{certificate} and {key} are no certificate and its private key in PEM form: {exception.Message}", exception);
        }
    }

    /// <summary>The file that was brought, or null for the authority's.</summary>
    public string? File => _certificate;

    /// <summary>What browsers are shown.</summary>
    public X509Certificate2 Shown => Current().TargetCertificate;

    /// <summary>What a handshake takes.</summary>
    public SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = Current(),
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = s_protocols,
        AllowRenegotiation = false,
    };

    private SslStreamCertificateContext Current()
    {
        if (_brought is null)
        {
            return _own.Context;
        }

        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (now - _looked < s_look)
            {
                return _brought;
            }

            _looked = now;
            try
            {
                if (WrittenAt() is var written && written != _written)
                {
                    (_brought, _written) = (Load(), written);
                    SiteLog.CertificateReplaced(_logger, _certificate!, _brought.TargetCertificate.NotAfter.ToUniversalTime());
                }
            }
            catch (Exception exception) when (IsOfTheFiles(exception))
            {
                // Half written, or gone: the one that is loaded stays until the files are right again.
                SiteLog.CertificateUnreadable(_logger, exception, _certificate!);
            }

            return _brought;
        }
    }

    private SslStreamCertificateContext Load()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate!);
        using var leaf = X509Certificate2.CreateFromPemFile(_certificate!, _key);
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null), chain, offline: true);
    }

    private (DateTime Certificate, DateTime Key) WrittenAt() => (System.IO.File.GetLastWriteTimeUtc(_certificate!), System.IO.File.GetLastWriteTimeUtc(_key!));

    // A key that belongs to another certificate is told as a bad argument.
    private static bool IsOfTheFiles(Exception exception) =>
        exception is IOException or CryptographicException or UnauthorizedAccessException or ArgumentException;
}
