namespace Headgate.Server.Backup;

/// <summary>What a backup is of, first in its archive.</summary>
/// <param name="Program">The version that made it.</param>
/// <param name="Taken">The moment the database is of.</param>
/// <param name="Host">The machine it was made on.</param>
/// <param name="Fingerprint">Of the authority's root, as in every code; null when the operator secret was not at hand.</param>
/// <param name="Schema">The database's last migration.</param>
/// <param name="OperatorSecret">Whether the operator secret is in it; else it must be given when restoring.</param>
/// <param name="Counts">How many rows the main tables have.</param>
/// <param name="Settings">How the server ran, or null when it did not.</param>
/// <param name="Files">What else is in the archive, in order.</param>
internal sealed record BackupManifest(
    string Program,
    DateTimeOffset Taken,
    string Host,
    string? Fingerprint,
    string Schema,
    bool OperatorSecret,
    IReadOnlyDictionary<string, long> Counts,
    ServerSettings? Settings,
    IReadOnlyList<BackupFile> Files);

/// <summary>A file in the archive.</summary>
/// <param name="Name">Its path below the data directory, with '/'.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its content, hex.</param>
internal sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>The addresses that a server ran with: on another machine they may need others, and this says which there were.</summary>
internal sealed record ServerSettings(
    string Zone, string? PublicName, int PublicPort, string EdgeListen, string? EdgeAddress, string TenantListen, string? TenantAddress,
    string? PortalListen, string SiteListen);
