using Headgate.Grains;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>An access key; of its secret only the hash.</summary>
[GenerateSerializer, Immutable]
internal sealed record AccessKeyEntry(
    string Key,
    string Repository,
    AccessLevel Level,
    string Name,
    ImmutableArray<byte> SecretSha256,
    DateTimeOffset Created,
    bool Revoked);
