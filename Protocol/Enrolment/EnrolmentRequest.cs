namespace Headgate.Protocol.Enrolment;

/// <summary>Asks for a first certificate.</summary>
/// <param name="Role"><c>gateway</c>, <c>repository</c> or <c>connector</c>.</param>
/// <param name="Subject">The id the code names: a gateway, a repository or a tenant.</param>
/// <param name="Secret">The code's secret.</param>
/// <param name="Csr">A PKCS#10 request as PEM. Only its public key is taken (and its signature checked); name, use and role are the silo's to write.</param>
/// <param name="Host">The machine's host name: the connector's id is made from it.</param>
public sealed record EnrolmentRequest(
    string Role,
    string Subject,
    string Secret,
    string Csr,
    string Host);
