using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The SP's certificate authority and the keys that every silo shares. Root (10 years) signs issuing certificates (2 years), which sign leaves (90 days).
/// The root certificate, the issuing certificate with its key, the label key and the PROXY key are in the database, sealed under the operator secret.
/// Opened once before anything is served; afterwards safe for concurrent use.
/// </summary>
internal sealed class Authority(ISecretStore store, SiloOptions options, TimeProvider time, ILogger<Authority> logger)
    : ICertificateIssuer, ISiloKeys
{
    private const string RootName = "root-certificate";
    private const string IssuingName = "issuing-certificate";
    private const string LabelName = "label-key";
    private const string ProxyName = "proxy-key";
    private const int KeyBytes = 32;

    // Leaves of 90 days never have to be shortened while the root is at hand.
    private static readonly TimeSpan s_issuingMargin = TimeSpan.FromDays(180);

    private readonly ZoneNames _names = new(options.Zone);
    private volatile Opened? _opened;

    /// <summary>The root certificate, without a private key: what the fingerprint in every code is of.</summary>
    public X509Certificate2 Root => Get().Root;

    /// <summary>The issuing certificate, without its private key.</summary>
    public X509Certificate2 Issuing => Get().Issuing.Certificate;

    /// <summary>The root as PEM.</summary>
    public string RootPem => Get().RootPem;

    public string Fingerprint => Get().Fingerprint;

    public ReadOnlyMemory<byte> LabelKey => Get().LabelKey;

    /// <summary>Reads what the database holds and makes what is missing. Again: renews the issuing certificate when it is due and the root is at hand.</summary>
    /// <exception cref="AuthorityException">The operator secret is another, or the root is missing and needed.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var directory = options.DataDirectory;
        PrivateFile.CreateDirectory(directory);
        var secret = OperatorSecret.Load(directory, Environment.GetEnvironmentVariable(OperatorSecret.Variable));
        var box = new SecretBox(secret);
        var file = new RootFile(directory, secret);

        var (root, signer) = await OpenRootAsync(box, file, cancellationToken);
        using (signer)
        {
            var issuing = await OpenIssuingAsync(box, file, signer, cancellationToken);
            var label = await OpenKeyAsync(box, LabelName, cancellationToken);
            var proxy = await OpenKeyAsync(box, ProxyName, cancellationToken);
            _opened = new Opened(root, root.ExportCertificatePem(), Base32.Encode(SHA256.HashData(root.RawData)), issuing, label, proxy);
        }
    }

    public IssuedCertificate Issue(CertificateIdentity identity, ReadOnlySpan<byte> publicKey)
    {
        var key = PublicKeys.Load(publicKey);
        using var certificate = Issue(identity, key);
        return new IssuedCertificate(
            [.. certificate.RawData], certificate.SerialNumber, new DateTimeOffset(certificate.NotAfter), identity.ToUrn());
    }

    /// <summary>A leaf over <paramref name="key"/>, without a private key.</summary>
    public X509Certificate2 Issue(CertificateIdentity identity, PublicKey key)
    {
        var issuing = Get().Issuing;
        var now = time.GetUtcNow();
        if (now > issuing.Certificate.NotAfter)
        {
            throw new RefusedException(
                RefusalReason.Unavailable,
                $"The provider's issuing certificate ended at {issuing.Certificate.NotAfter.ToUniversalTime():u}. The provider must put the root back and restart the silo.");
        }

        return issuing.Sign(signingKey => CertificateTemplates.Leaf(identity, _names, key, issuing.Certificate, signingKey, now));
    }

    public byte[] ProxyKey(ProxyEnd gateway, ProxyEnd target) => HKDF.Expand(
        HashAlgorithmName.SHA256,
        Get().ProxyKey,
        KeyBytes,
        System.Text.Encoding.UTF8.GetBytes($"proxy-header\n{gateway.Id}\n{gateway.Enrolment}\n{target.Id}\n{target.Enrolment}"));

    private async Task<(X509Certificate2 Root, X509Certificate2? Signer)> OpenRootAsync(SecretBox box, RootFile file, CancellationToken cancellationToken)
    {
        var signer = file.Load();
        var stored = await store.FindAsync(RootName, cancellationToken);
        if (stored is null)
        {
            if (signer is null)
            {
                signer = file.Create(_names.Zone, time.GetUtcNow());
                CertificateLog.RootMade(logger, file.Path, signer.NotAfter.ToUniversalTime());
            }

            stored = await store.AddAsync(RootName, box.Seal(RootName, signer.RawData), cancellationToken);
        }

        var root = X509CertificateLoader.LoadCertificate(box.Open(RootName, stored));
        if (signer is not null && !signer.RawDataMemory.Span.SequenceEqual(root.RawDataMemory.Span))
        {
            throw new AuthorityException(
                $"The root in {file.Path} is not the one that the database was made with. Put the right file there, or take this one away.");
        }

        return (root, signer);
    }

    private async Task<IssuingCertificate> OpenIssuingAsync(SecretBox box, RootFile file, X509Certificate2? signer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var stored = await store.FindAsync(IssuingName, cancellationToken);
        var issuing = stored is null ? null : IssuingCertificate.Import(box.Open(IssuingName, stored));
        if (issuing is not null && issuing.Certificate.NotAfter - now.LocalDateTime > s_issuingMargin)
        {
            return issuing;
        }

        if (signer is null)
        {
            if (issuing is null)
            {
                throw new AuthorityException($"There is no issuing certificate, and the root that would sign one is not at {file.Path}. Put it back.");
            }

            CertificateLog.RootNeeded(logger, issuing.Certificate.NotAfter.ToUniversalTime(), file.Path);
            return issuing;
        }

        var fresh = IssuingCertificate.Create(_names.Zone, signer, now);
        var sealedPair = box.Seal(IssuingName, fresh.Export());
        var kept = stored is null
            ? await store.AddAsync(IssuingName, sealedPair, cancellationToken)
            : await store.ReplaceAsync(IssuingName, stored, sealedPair, cancellationToken);
        issuing = IssuingCertificate.Import(box.Open(IssuingName, kept));
        CertificateLog.IssuingMade(logger, issuing.Certificate.NotAfter.ToUniversalTime());
        return issuing;
    }

    private async Task<byte[]> OpenKeyAsync(SecretBox box, string name, CancellationToken cancellationToken)
    {
        var stored = await store.FindAsync(name, cancellationToken)
            ?? await store.AddAsync(name, box.Seal(name, RandomNumberGenerator.GetBytes(KeyBytes)), cancellationToken);
        return box.Open(name, stored);
    }

    private Opened Get() => _opened ?? throw new InvalidOperationException("The authority is opened before anything is served.");

    private sealed record Opened(
        X509Certificate2 Root, string RootPem, string Fingerprint, IssuingCertificate Issuing, byte[] LabelKey, byte[] ProxyKey);
}
