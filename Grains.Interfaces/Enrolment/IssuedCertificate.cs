namespace Headgate.Grains;

/// <summary>A certificate of the SP's authority.</summary>
/// <param name="Certificate">DER.</param>
/// <param name="Serial">Its serial number, upper-case hex.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="Identity"><c>urn:headgate:role:id</c>.</param>
[GenerateSerializer, Immutable, Alias("headgate.issued-certificate")]
public sealed record IssuedCertificate(
    ImmutableArray<byte> Certificate,
    string Serial,
    DateTimeOffset NotAfter,
    string Identity);
