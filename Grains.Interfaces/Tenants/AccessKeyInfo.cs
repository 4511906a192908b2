namespace Headgate.Grains;

/// <summary>A tenant's access key, without its secret.</summary>
/// <param name="Key">The public half.</param>
/// <param name="Repository">The repository it opens.</param>
/// <param name="Level">What it may do.</param>
/// <param name="Name">What the tenant calls it.</param>
/// <param name="Created">When.</param>
/// <param name="Revoked">Whether it was revoked.</param>
[GenerateSerializer, Immutable, Alias("headgate.access-key-info")]
public sealed record AccessKeyInfo(
    string Key,
    string Repository,
    AccessLevel Level,
    string Name,
    DateTimeOffset Created,
    bool Revoked);
