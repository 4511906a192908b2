namespace Headgate.Grains;

/// <summary>A fleet token has a gateway made and enrolled, in one write.</summary>
/// <param name="Token">The token's id.</param>
/// <param name="CodeSha256">Stands for the token and the gateway together: by it the gateway knows the same claim again.</param>
/// <param name="Expires">When the token ends: no gateway is made after it.</param>
/// <param name="PublicKey">The gateway's public key, SubjectPublicKeyInfo.</param>
/// <param name="Gateway">What to make.</param>
[GenerateSerializer, Immutable, Alias("headgate.fleet-enrolment")]
public sealed record FleetEnrolment(
    string Token,
    ImmutableArray<byte> CodeSha256,
    DateTimeOffset Expires,
    ImmutableArray<byte> PublicKey,
    CreateGateway Gateway);
