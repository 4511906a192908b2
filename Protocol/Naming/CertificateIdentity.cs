using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Headgate.Protocol.Naming;

/// <summary>
/// Who a certificate names: one URI in its subject alternative names, <c>urn:headgate:&lt;role&gt;:&lt;id&gt;</c>, written by the silo.
/// The subject's common name is for people and is never read.
/// </summary>
/// <param name="Role">What the certificate is for.</param>
/// <param name="Id">The id within the role; for a connector <c>tenant/connector</c>.</param>
public sealed record CertificateIdentity(CertificateRole Role, string Id)
{
    private const string Prefix = "urn:headgate:";
    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>The tenant of a connector's certificate.</summary>
    /// <exception cref="InvalidOperationException">The role is not <see cref="CertificateRole.Connector"/>.</exception>
    public string Tenant => Role == CertificateRole.Connector
        ? Id[..Id.IndexOf('/', StringComparison.Ordinal)]
        : throw new InvalidOperationException($"A {Role} has no tenant.");

    /// <summary>The URI as the certificate carries it.</summary>
    public string ToUrn() => Prefix + Role.ToString().ToLowerInvariant() + ":" + Id;

    /// <summary>Parses a URI of a subject alternative name; null when it is not one of ours.</summary>
    public static CertificateIdentity? Parse(string urn)
    {
        if (!urn.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = urn[Prefix.Length..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return null;
        }

        CertificateRole? role = rest[..colon] switch
        {
            "silo" => CertificateRole.Silo,
            "gateway" => CertificateRole.Gateway,
            "repository" => CertificateRole.Repository,
            "connector" => CertificateRole.Connector,
            _ => null,
        };
        var id = rest[(colon + 1)..];
        var parts = id.Split('/');
        var valid = parts.Length == (role == CertificateRole.Connector ? 2 : 1) && parts.All(Identifier.IsValid);
        return role is { } known && valid ? new CertificateIdentity(known, id) : null;
    }

    /// <summary>
    /// Who <paramref name="certificate"/> names, or null when it carries no such URI or more than one. Says nothing about trust:
    /// validate the chain first.
    /// </summary>
    public static CertificateIdentity? Of(X509Certificate2 certificate)
    {
        CertificateIdentity? found = null;
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName)
            {
                continue;
            }

            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
            while (names.HasData)
            {
                if (!names.PeekTag().HasSameClassAndValue(uri))
                {
                    names.ReadEncodedValue();
                    continue;
                }

                if (Parse(names.ReadCharacterString(UniversalTagNumber.IA5String, uri)) is { } identity)
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = identity;
                }
            }
        }

        return found;
    }
}
