using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The certificate that this silo shows: made at start with a fresh key, kept in memory only, renewed at two thirds of its life.
/// Connections that are open keep the one they began with. Safe for concurrent use.
/// </summary>
internal sealed class SiloCertificate(Authority authority, TimeProvider time, ILogger<SiloCertificate> logger)
{
    private readonly CertificateIdentity _identity = new(CertificateRole.Silo, IdOf(Environment.MachineName));
    private static readonly TimeSpan s_notSooner = TimeSpan.FromMinutes(1);

    private readonly Lock _renewing = new();
    private volatile State? _state;

    /// <summary>Leaf and issuing certificate, ready for handshakes. Renewed here when it is due: timers stand still while a machine sleeps.</summary>
    public SslStreamCertificateContext Context
    {
        get
        {
            if (IsDue(Get()))
            {
                try
                {
                    Renew();
                }
                catch (RefusedException refusal)
                {
                    // The issuing certificate has ended: what there is, is shown, and the keeper has said what is to be done.
                    CertificateLog.OwnNotRenewed(logger, refusal.Message);
                }
            }

            return Get().Context;
        }
    }

    /// <summary>The leaf.</summary>
    public X509Certificate2 Certificate => Get().Context.TargetCertificate;

    /// <summary>Makes the certificate when there is none, two thirds of its life are over, or another certificate issues.</summary>
    public void Renew()
    {
        lock (_renewing)
        {
            if (_state is not { } state || IsDue(state))
            {
                Make();
            }
        }
    }

    private void Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = authority.Issue(_identity, new PublicKey(key));
        var certificate = leaf.CopyWithPrivateKey(key);
        var issuing = authority.IssuerOf(leaf);
        var context = SslStreamCertificateContext.Create(certificate, [issuing], offline: true);
        var life = certificate.NotAfter - certificate.NotBefore;
        var due = new DateTimeOffset(certificate.NotBefore) + life * 2 / 3;

        // Under an issuing certificate that is about to end, two thirds may be over at once: not a new one for each handshake.
        var soonest = time.GetUtcNow() + s_notSooner;
        _state = new State(context, due > soonest ? due : soonest, issuing);
        CertificateLog.SiloCertificateMade(logger, _identity.ToUrn(), certificate.NotAfter.ToUniversalTime());
    }

    /// <summary>An id made from a host name.</summary>
    internal static string IdOf(string hostName)
    {
        var characters = hostName.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-');
        var id = string.Concat(characters).Trim('-');
        id = id[..Math.Min(id.Length, 24)].Trim('-');
        return Identifier.IsValid(id) ? id : "silo";
    }

    private bool IsDue(State state) => time.GetUtcNow() >= state.RenewAt || !RootShelf.IsSame(state.Issuing, authority.Issuing);

    private State Get() => _state ?? throw new InvalidOperationException("The authority is opened before anything is served.");

    private sealed record State(SslStreamCertificateContext Context, DateTimeOffset RenewAt, X509Certificate2 Issuing);
}
