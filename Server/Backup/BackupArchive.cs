using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;

namespace Headgate.Server.Backup;

/// <summary>The tar archive in a backup: the manifest, then each file it names.</summary>
internal static class BackupArchive
{
    public const string DatabaseName = DatabaseFile.Name;
    public const string RootName = "authority/root.pem";
    public const string NextRootName = "authority/root-next.pem";
    public const string SecretName = OperatorSecret.FileName;
    public const string HistoryName = RestoreHistory.FileName;

    private const string ManifestName = "manifest.json";
    private const int MaxManifestBytes = 1 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly HashSet<string> s_names = [DatabaseName, RootName, NextRootName, SecretName, HistoryName];
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>A file as the manifest names it.</summary>
    public static BackupFile Describe(string name, string path)
    {
        using var file = File.OpenRead(path);
        return new BackupFile(name, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <summary>Writes manifest and files.</summary>
    /// <param name="output">Where to; left open.</param>
    /// <param name="manifest">Names the files.</param>
    /// <param name="pathOf">Where each of them lies.</param>
    /// <param name="cancellationToken">Gives up between files.</param>
    public static void Write(Stream output, BackupManifest manifest, Func<string, string> pathOf, CancellationToken cancellationToken)
    {
        using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        using (var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, s_json)))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, ManifestName) { DataStream = content, Mode = OwnerOnly });
        }

        foreach (var file in manifest.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var content = File.OpenRead(pathOf(file.Name));
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, file.Name) { DataStream = content, Mode = OwnerOnly });
        }
    }

    /// <summary>Reads all of the archive into <paramref name="folder"/>, each file checked against the manifest, and to the stream's end.</summary>
    /// <exception cref="BackupException">Something is not as it must be.</exception>
    public static BackupManifest Read(Stream input, string folder, CancellationToken cancellationToken)
    {
        try
        {
            using var tar = new TarReader(input, leaveOpen: true);
            var manifest = ReadManifest(tar);
            foreach (var file in manifest.Files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ReadFile(tar, file, folder);
            }

            if (tar.GetNextEntry() is { } more)
            {
                throw new BackupException($"The backup holds '{more.Name}', which its manifest does not name. Use another backup.");
            }

            input.CopyTo(Stream.Null);
            return manifest;
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or EndOfStreamException or JsonException)
        {
            throw new BackupException($"The backup's content cannot be read: {exception.Message} Use another backup.", exception);
        }
    }

    private static BackupManifest ReadManifest(TarReader tar)
    {
        var entry = tar.GetNextEntry();
        if (entry is not { Name: ManifestName, DataStream: { } content, Length: <= MaxManifestBytes })
        {
            throw new BackupException("The backup does not begin with a manifest. Use another backup.");
        }

        var manifest = JsonSerializer.Deserialize<BackupManifest>(content, s_json);
        if (manifest is not { Files.Count: > 0, Schema: not null, Program: not null, Counts: not null })
        {
            throw new BackupException("The backup's manifest is not whole. Use another backup.");
        }

        if (manifest.Files.FirstOrDefault(file => !s_names.Contains(file.Name)) is { } unknown)
        {
            throw new BackupException(
                $"The backup holds '{unknown.Name}', which this version does not know. It was made by headgate-server {manifest.Program}: restore it with that version, or a newer one.");
        }

        return manifest.Files.Any(file => file.Name == DatabaseName)
            ? manifest
            : throw new BackupException("The backup holds no database. Use another backup.");
    }

    private static void ReadFile(TarReader tar, BackupFile expected, string folder)
    {
        var entry = tar.GetNextEntry();
        if (entry?.Name != expected.Name || entry.Length != expected.Bytes)
        {
            throw new BackupException($"The backup's manifest names '{expected.Name}' with {expected.Bytes} bytes, and that is not what follows. Use another backup.");
        }

        var path = Path.Combine([folder, .. expected.Name.Split('/')]);
        PrivateFile.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        entry.DataStream?.CopyTo(file);
        file.Flush(flushToDisk: true);
        file.Position = 0;
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != expected.Sha256)
        {
            throw new BackupException($"'{expected.Name}' in the backup is not what its manifest says. Use another backup.");
        }
    }
}
