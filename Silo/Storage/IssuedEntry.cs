namespace Headgate.Silo.Storage;

/// <summary>A certificate on its way to the table of those that were issued.</summary>
/// <param name="Serial">Its serial number; a second certificate of that number fails the write.</param>
/// <param name="Identity"><c>urn:headgate:role:id</c>.</param>
/// <param name="PublicKeySha256">SHA-256 of the SubjectPublicKeyInfo.</param>
/// <param name="Issued">When it was issued.</param>
/// <param name="NotAfter">When it ends.</param>
[GenerateSerializer, Immutable, Alias("headgate.issued-entry")]
internal sealed record IssuedEntry(string Serial, string Identity, ImmutableArray<byte> PublicKeySha256, DateTimeOffset Issued, DateTimeOffset NotAfter);
