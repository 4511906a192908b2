using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>Writes secrets the way users take them: whole enrolment codes, and URLs of access keys. Both are shown once and never logged.</summary>
internal sealed class CodeWriter(SiloOptions options, ICertificateIssuer issuer, IEdgeAddress edge)
{
    /// <summary>The code by which <paramref name="subject"/> enrols: gateways and repositories on the edge API, a tenant's connectors at the public name.</summary>
    public string Code(CertificateRole role, string subject, string secret)
    {
        var (host, port) = role == CertificateRole.Connector
            ? (options.PublicName ?? new ZoneNames(options.Zone).TenantApi, options.PublicPort)
            : edge.EdgeAddress;
        return new EnrolmentCode(role, subject, secret, host, port, issuer.Fingerprint).Format();
    }

    /// <summary>The code by which gateways enrol with a fleet token.</summary>
    public string FleetCode(string token, string secret)
    {
        var (host, port) = edge.EdgeAddress;
        return new EnrolmentCode(CertificateRole.Gateway, token, secret, host, port, issuer.Fingerprint) { IsFleet = true }.Format();
    }

    /// <summary>What stock restic takes as its repository.</summary>
    public string AccessUrl(string key, string secret, string accessName) =>
        $"rest:https://{key}:{secret}@{EndPointText.Format(accessName, options.PublicPort)}/";
}
