namespace Headgate.Protocol.Enrolment;

/// <summary>A certificate.</summary>
/// <param name="Identity"><c>urn:headgate:&lt;role&gt;:&lt;id&gt;</c>.</param>
/// <param name="Zone">The SP's zone.</param>
/// <param name="Certificate">The certificate, then the issuing one, as PEM.</param>
/// <param name="Authority">The root as PEM.</param>
public sealed record EnrolmentAnswer(
    string Identity,
    string Zone,
    string Certificate,
    string Authority);
