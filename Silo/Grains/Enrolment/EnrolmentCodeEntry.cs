using Headgate.Grains;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>A one-time code in a grain's state.</summary>
/// <param name="SecretSha256">Of the secret's characters: 128 random bits need no slow hash.</param>
/// <param name="Level">For a connector: what its runs may do.</param>
/// <param name="Created">When.</param>
/// <param name="Expires">Refused after this.</param>
/// <param name="Use">Who used it, or null.</param>
[GenerateSerializer, Immutable]
internal sealed record EnrolmentCodeEntry(
    ImmutableArray<byte> SecretSha256,
    AccessLevel Level,
    DateTimeOffset Created,
    DateTimeOffset Expires,
    EnrolmentCodeUse? Use);
