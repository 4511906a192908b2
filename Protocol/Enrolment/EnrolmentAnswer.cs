namespace Headgate.Protocol.Enrolment;

/// <summary>A certificate.</summary>
/// <param name="Identity"><c>urn:headgate:&lt;role&gt;:&lt;id&gt;</c>.</param>
/// <param name="Zone">The SP's zone.</param>
/// <param name="Certificate">The certificate, then the issuing one, as PEM.</param>
/// <param name="Authority">Every root that is trusted, as PEM, first the one that the certificate leads to; two while the authority is rolled over.</param>
public sealed record EnrolmentAnswer(
    string Identity,
    string Zone,
    string Certificate,
    string Authority);
