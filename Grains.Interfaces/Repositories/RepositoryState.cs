namespace Headgate.Grains;

/// <summary>What a repository reports of itself.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Epoch">Unix milliseconds of its start.</param>
/// <param name="CapacityBytes">Size of its file system.</param>
/// <param name="FreeBytes">Free on it.</param>
[GenerateSerializer, Immutable, Alias("headgate.repository-state")]
public sealed record RepositoryState(
    string Version,
    long Epoch,
    long CapacityBytes,
    long FreeBytes);
