namespace Headgate.Grains;

/// <summary>Somebody shows a secret and a public key.</summary>
/// <param name="Secret">As it was pasted.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER. The same key again within 10 minutes gets the same certificate.</param>
/// <param name="Host">The machine's host name.</param>
[GenerateSerializer, Immutable, Alias("headgate.enrolment-claim")]
public sealed record EnrolmentClaim(
    string Secret,
    ImmutableArray<byte> PublicKey,
    string Host)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(EnrolmentClaim);
}
