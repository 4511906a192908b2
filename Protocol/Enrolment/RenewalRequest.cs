namespace Headgate.Protocol.Enrolment;

/// <summary>Asks for a new certificate for the same identity.</summary>
/// <param name="Csr">A PKCS#10 request as PEM, by a new key.</param>
public sealed record RenewalRequest(
    string Csr);
