using Headgate.Protocol.Naming;

namespace Headgate.Silo.Authorization;

/// <summary>Whose certificate a request came with, checked by the policy before an endpoint runs.</summary>
/// <param name="Identity">Whom it names.</param>
/// <param name="Serial">Upper-case hex.</param>
/// <param name="NotBefore">When it begins.</param>
/// <param name="NotAfter">When it ends.</param>
internal sealed record PeerCertificate(CertificateIdentity Identity, string Serial, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>A gateway's or repository's id, or <c>tenant/connector</c>.</summary>
    public string Id => Identity.Id;

    /// <summary>The identity as the certificate has it.</summary>
    public string Urn { get; } = Identity.ToUrn();

    /// <summary>A connector's tenant.</summary>
    public string Tenant => Identity.Tenant;

    /// <summary>A connector's id within its tenant.</summary>
    public string Connector => Identity.Id[(Identity.Tenant.Length + 1)..];
}
