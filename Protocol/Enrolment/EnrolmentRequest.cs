namespace Headgate.Protocol.Enrolment;

/// <summary>Asks for a first certificate.</summary>
/// <param name="Role"><c>gateway</c>, <c>repository</c>, <c>connector</c>, or <c>fleet</c> for a gateway with a fleet token.</param>
/// <param name="Subject">The id the code names: a gateway, a repository, a tenant or a fleet token.</param>
/// <param name="Secret">The code's secret.</param>
/// <param name="Csr">A PKCS#10 request as PEM. Only its public key is taken (and its signature checked); name, use and role are the silo's to write.</param>
/// <param name="Host">The machine's host name: the connector's id is made from it.</param>
/// <param name="Gateway">With a fleet token: the id that the gateway wants. Otherwise null.</param>
/// <param name="Address">With a fleet token: the name or address at which tenants reach the gateway.</param>
/// <param name="Port">With a fleet token: the port of it.</param>
/// <param name="Mode">With a fleet token: <c>direct</c> (null is the same) or <c>nat</c>, when the address is on a firewall that forwards to the gateway.</param>
public sealed record EnrolmentRequest(
    string Role,
    string Subject,
    string Secret,
    string Csr,
    string Host,
    string? Gateway = null,
    string? Address = null,
    int? Port = null,
    string? Mode = null)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(EnrolmentRequest);
}
