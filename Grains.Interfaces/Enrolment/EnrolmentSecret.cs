namespace Headgate.Grains;

/// <summary>A one-time secret, answered once and kept only as a hash.</summary>
/// <param name="Secret">26 base32 characters.</param>
/// <param name="Expires">Refused after this.</param>
/// <param name="Code">The whole code that users paste, the secret in it.</param>
[GenerateSerializer, Immutable, Alias("headgate.enrolment-secret")]
public sealed record EnrolmentSecret(
    string Secret,
    DateTimeOffset Expires,
    string Code)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(EnrolmentSecret);
}
