using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The SP's certificate authority and the keys that every silo shares. Root (10 years) signs issuing certificates (2 years), which sign leaves (90 days).
/// The roots' certificates, the issuing certificate with its key, the label key and the PROXY key are in the database, sealed under the operator secret.
/// Opened once before anything is served; afterwards safe for concurrent use.
/// <para>
/// A roll-over has three steps, each one write: <see cref="NextAsync"/> announces another root, <see cref="SwitchAsync"/> issues under it, and
/// <see cref="RetireAsync"/> ceases to trust the one before. A process that dies in the middle of one leaves a state from which the same step goes on.
/// </para>
/// </summary>
internal sealed class Authority(ISecretStore store, SiloOptions options, TimeProvider time, ILogger<Authority> logger)
    : ICertificateIssuer, ISiloKeys
{
    private const string IssuingName = "issuing-certificate";
    private const string LabelName = "label-key";
    private const string ProxyName = "proxy-key";
    private const int KeyBytes = 32;

    // Leaves of 90 days never have to be shortened while the root is at hand.
    private static readonly TimeSpan s_issuingMargin = TimeSpan.FromDays(180);

    private readonly ZoneNames _names = new(options.Zone);
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Opened? _opened;

    /// <summary>The roots that are trusted: the present one first, then the next or the former.</summary>
    public IReadOnlyList<TrustedRoot> Trusted => Get().Trusted;

    /// <summary>The certificates of <see cref="Trusted"/>. Not to be changed.</summary>
    public X509Certificate2Collection Roots => Get().Roots;

    /// <summary>The present root's certificate, without a private key: what the fingerprint in every new code is of.</summary>
    public X509Certificate2 Root => Get().Trusted[0].Certificate;

    /// <summary>The issuing certificate, without its private key.</summary>
    public X509Certificate2 Issuing => Get().Issuing.Certificate;

    /// <summary>The issuing certificate and those before it, without keys.</summary>
    public IReadOnlyList<X509Certificate2> Issuers => Get().Issuing.All;

    /// <summary>Every trusted root as PEM, the present one first.</summary>
    public string RootPem => Get().RootPem;

    /// <summary>The value of <see cref="AuthorityNews.Header"/>.</summary>
    public string Announced => Get().Announced;

    public string Fingerprint => Get().Trusted[0].Fingerprint;

    public ReadOnlyMemory<byte> LabelKey => Get().LabelKey;

    /// <summary>Reads what the database holds and makes what is missing. Again: renews the issuing certificate when it is due and the root is at hand.</summary>
    /// <exception cref="AuthorityException">The operator secret is another, or the root is missing and needed.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (shelf, box) = Shelf();
            await OpenAsync(shelf, box, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Makes another root, or takes up the one in <c>root-next.pem</c> that a step cut short has left, and announces it; nothing where there is a next one already.</summary>
    /// <param name="who">Who asks, for the audit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AuthorityException">A former root is still trusted, or the file cannot be written.</exception>
    public Task<TrustedRoot> NextAsync(string who, CancellationToken cancellationToken) => StepAsync(
        async (shelf, _, now) =>
        {
            if (now.FirstOrDefault(root => root.State == RootState.Former) is { } former)
            {
                throw new AuthorityException(
                    $"The former root {former.Fingerprint} is still trusted. End that roll-over first: headgate-server authority retire.");
            }

            if (now.Any(root => root.State == RootState.Next))
            {
                return false;
            }

            using var made = shelf.NextFile.Load() ?? shelf.NextFile.Create(_names.Zone, time.GetUtcNow());
            if (made.NotAfter - time.GetUtcNow().LocalDateTime < s_issuingMargin)
            {
                throw new AuthorityException(
                    $"{shelf.NextFile.Path} holds a root that ends at {made.NotAfter.ToUniversalTime():u}. Take it away; the next try makes a new one.");
            }

            var fingerprint = AuthorityTrust.Fingerprint(made);
            var kept = await shelf.AddAsync(
                now.Max(root => root.Generation) + 1,
                made,
                new AuditEntry("authority-next", who, $"The root {fingerprint} is announced as the next one.", null),
                cancellationToken);
            if (!RootShelf.IsSame(kept, made))
            {
                throw new AuthorityException(
                    $"Another silo made the next root {AuthorityTrust.Fingerprint(kept)} at the same time. Take {shelf.NextFile.Path} away here: its root is nobody's.");
            }

            CertificateLog.NextAnnounced(logger, fingerprint, shelf.NextFile.Path);
            return true;
        },
        trusted => trusted.Single(root => root.State == RootState.Next),
        cancellationToken);

    /// <summary>Issues under the next root from here on; the present one becomes the former. Nothing where that was done already.</summary>
    /// <param name="who">Who asks, for the audit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AuthorityException">There is no next root, or its file is not at hand.</exception>
    public Task<TrustedRoot> SwitchAsync(string who, CancellationToken cancellationToken) => StepAsync(
        async (shelf, box, now) =>
        {
            if (now.FirstOrDefault(root => root.State == RootState.Next) is not { } next)
            {
                return now.Any(root => root.State == RootState.Former)
                    ? false
                    : throw new AuthorityException("There is no next root to switch to. Announce one first: headgate-server authority next.");
            }

            // A backup's files can be a step ahead of its database.
            using var signer = shelf.NextFile.Load() ?? shelf.PresentFile.Load();
            if (signer is null || !RootShelf.IsSame(signer, next.Certificate))
            {
                throw new AuthorityException(
                    $"The next root {next.Fingerprint} is not in {shelf.NextFile.Path}, and it has to sign an issuing certificate. "
                    + "Put the file that 'authority next' made there for a moment.");
            }

            var stored = await store.FindAsync(IssuingName, cancellationToken) ?? throw new AuthorityException("There is no issuing certificate.");
            var fresh = IssuingCertificate.Create(_names.Zone, signer, IssuingCertificate.Import(box.Open(IssuingName, stored)), time.GetUtcNow());
            var text = $"Certificates are issued under the root {next.Fingerprint}; {now[0].Fingerprint} is still trusted.";
            await store.ReplaceAsync(
                IssuingName, stored, box.Seal(IssuingName, fresh.Export()), new AuditEntry("authority-switched", who, text, null), cancellationToken);
            CertificateLog.Switched(logger, next.Fingerprint, now[0].Fingerprint);
            return true;
        },
        trusted => trusted[0],
        cancellationToken);

    /// <summary>Ceases to trust the former root. Nothing where there is none.</summary>
    /// <param name="who">Who asks, for the audit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AuthorityException">The operator secret is another.</exception>
    public Task<TrustedRoot> RetireAsync(string who, CancellationToken cancellationToken) => StepAsync(
        async (shelf, _, now) =>
        {
            foreach (var former in now.Where(root => root.State == RootState.Former))
            {
                await shelf.RemoveAsync(
                    former.Generation, new AuditEntry("authority-retired", who, $"The root {former.Fingerprint} is trusted no more.", null), cancellationToken);
                CertificateLog.Retired(logger, former.Fingerprint);
            }

            return true;
        },
        trusted => trusted[0],
        cancellationToken);

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

    /// <summary>Which issuing certificate signed <paramref name="leaf"/>.</summary>
    public X509Certificate2 IssuerOf(X509Certificate2 leaf) => Get().Issuing.IssuerOf(leaf);

    public byte[] ProxyKey(ProxyEnd gateway, ProxyEnd target) => HKDF.Expand(
        HashAlgorithmName.SHA256,
        Get().ProxyKey,
        KeyBytes,
        System.Text.Encoding.UTF8.GetBytes($"proxy-header\n{gateway.Id}\n{gateway.Enrolment}\n{target.Id}\n{target.Enrolment}"));

    private async Task<TrustedRoot> StepAsync(
        Func<RootShelf, SecretBox, IReadOnlyList<TrustedRoot>, Task<bool>> step, Func<IReadOnlyList<TrustedRoot>, TrustedRoot> result, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (shelf, box) = Shelf();

            // As the database has it: another silo may have gone on, and an earlier try may have ended between write and answer.
            await OpenAsync(shelf, box, cancellationToken);
            if (await step(shelf, box, Trusted))
            {
                await OpenAsync(shelf, box, cancellationToken);
            }

            return result(Trusted);
        }
        finally
        {
            _one.Release();
        }
    }

    private (RootShelf Shelf, SecretBox Box) Shelf()
    {
        PrivateFile.CreateDirectory(options.DataDirectory);
        var secret = OperatorSecret.Load(options.DataDirectory, Environment.GetEnvironmentVariable(OperatorSecret.Variable));
        var box = new SecretBox(secret);
        return (new RootShelf(store, box, secret, options.DataDirectory, logger), box);
    }

    private async Task OpenAsync(RootShelf shelf, SecretBox box, CancellationToken cancellationToken)
    {
        var roots = await shelf.LoadAsync(cancellationToken);
        if (roots.Count == 0)
        {
            using var first = shelf.PresentFile.Load() ?? MakeFirst(shelf);
            roots = [(1, await shelf.AddAsync(1, first, null, cancellationToken))];
        }

        var certificates = new X509Certificate2Collection(roots.Select(root => root.Certificate).ToArray());
        var stored = await store.FindAsync(IssuingName, cancellationToken);
        var issuing = stored is null ? null : IssuingCertificate.Import(box.Open(IssuingName, stored));
        var present = issuing is null
            ? roots[0].Certificate
            : AuthorityTrust.RootOf(issuing.Certificate, [], certificates)
                ?? throw new AuthorityException("The issuing certificate in the database leads to none of its roots. Restore the last backup.");
        shelf.Tidy(present);
        using var signer = shelf.PresentFile.Load();
        if (signer is not null && !certificates.Any(root => RootShelf.IsSame(root, signer)))
        {
            throw new AuthorityException(
                $"The root in {shelf.PresentFile.Path} is not the one that the database was made with. Put the right file there, or take this one away.");
        }

        var isPresent = signer is not null && RootShelf.IsSame(signer, present);
        issuing = await OpenIssuingAsync(box, stored, issuing, isPresent ? signer : null, shelf.PresentFile.Path, cancellationToken);
        var label = await OpenKeyAsync(box, LabelName, cancellationToken);
        var proxy = await OpenKeyAsync(box, ProxyName, cancellationToken);
        var generation = roots.Single(root => RootShelf.IsSame(root.Certificate, present)).Generation;
        _opened = new Opened(
            [
                .. roots
                    .OrderBy(root => root.Generation == generation ? 0 : 1)
                    .Select(root => new TrustedRoot(
                        root.Generation,
                        root.Generation == generation ? RootState.Present : root.Generation > generation ? RootState.Next : RootState.Former,
                        root.Certificate)),
            ],
            issuing,
            label,
            proxy);
    }

    private X509Certificate2 MakeFirst(RootShelf shelf)
    {
        var made = shelf.PresentFile.Create(_names.Zone, time.GetUtcNow());
        CertificateLog.RootMade(logger, shelf.PresentFile.Path, made.NotAfter.ToUniversalTime());
        return made;
    }

    private async Task<IssuingCertificate> OpenIssuingAsync(
        SecretBox box, byte[]? stored, IssuingCertificate? issuing, X509Certificate2? signer, string path, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (issuing is not null && issuing.Certificate.NotAfter - now.LocalDateTime > s_issuingMargin)
        {
            return issuing;
        }

        if (signer is null)
        {
            if (issuing is null)
            {
                throw new AuthorityException($"There is no issuing certificate, and the root that would sign one is not at {path}. Put it back.");
            }

            CertificateLog.RootNeeded(logger, issuing.Certificate.NotAfter.ToUniversalTime(), path);
            return issuing;
        }

        var fresh = IssuingCertificate.Create(_names.Zone, signer, issuing, now);
        var sealedPair = box.Seal(IssuingName, fresh.Export());
        var kept = stored is null
            ? await store.AddAsync(IssuingName, sealedPair, null, cancellationToken)
            : await store.ReplaceAsync(IssuingName, stored, sealedPair, null, cancellationToken);
        issuing = IssuingCertificate.Import(box.Open(IssuingName, kept));
        CertificateLog.IssuingMade(logger, issuing.Certificate.NotAfter.ToUniversalTime());
        return issuing;
    }

    private async Task<byte[]> OpenKeyAsync(SecretBox box, string name, CancellationToken cancellationToken)
    {
        var stored = await store.FindAsync(name, cancellationToken)
            ?? await store.AddAsync(name, box.Seal(name, RandomNumberGenerator.GetBytes(KeyBytes)), null, cancellationToken);
        return box.Open(name, stored);
    }

    private Opened Get() => _opened ?? throw new InvalidOperationException("The authority is opened before anything is served.");

    private sealed class Opened(IReadOnlyList<TrustedRoot> trusted, IssuingCertificate issuing, byte[] labelKey, byte[] proxyKey)
    {
        public IReadOnlyList<TrustedRoot> Trusted => trusted;

        public X509Certificate2Collection Roots { get; } = [.. trusted.Select(root => root.Certificate)];

        public string RootPem { get; } = string.Join('\n', trusted.Select(root => root.Certificate.ExportCertificatePem()));

        public string Announced { get; } = AuthorityNews.Format(trusted.Select(root => root.Fingerprint));

        public IssuingCertificate Issuing => issuing;

        public byte[] LabelKey => labelKey;

        public byte[] ProxyKey => proxyKey;
    }
}
