namespace Headgate.Grains;

/// <summary>A new access key; the secret is answered once.</summary>
/// <param name="Key">The public half.</param>
/// <param name="Secret">The secret half, 26 base32 characters.</param>
/// <param name="AccessName">The server name it opens.</param>
/// <param name="Url">What stock restic takes, <c>rest:https://key:secret@name:port/</c>; the secret is in it.</param>
[GenerateSerializer, Immutable, Alias("headgate.created-access-key")]
public sealed record CreatedAccessKey(
    string Key,
    string Secret,
    string AccessName,
    string Url)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CreatedAccessKey);
}
