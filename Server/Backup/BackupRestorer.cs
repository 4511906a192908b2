using Headgate.Repository.Blobs;
using Headgate.Server.Databases;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Copying;
using Headgate.Silo.Storage.Engines;

namespace Headgate.Server.Backup;

/// <summary>
/// Restores a backup into an empty data directory. Everything is unpacked into a folder within it, checked and made ready there, and only then moved to its place, the
/// database last: a directory without one is still empty to the next try.
/// </summary>
internal sealed class BackupRestorer(string source, string dataDirectory, DatabaseChoice database, string passphrase, TimeProvider time)
{
    private const string Staging = ".restoring";

    // What may lie in a data directory that is empty otherwise: our own lock, what a try left that was cut off, what ext4 makes.
    private static readonly HashSet<string> s_ignored = [DataLock.FileName, Staging, "lost+found"];

    /// <summary>Restores.</summary>
    /// <exception cref="BackupException">It cannot be; the data directory is as empty as before.</exception>
    public async Task<RestoreReport> RestoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            var location = database.Locate(dataDirectory);
            using var file = OpenSource();
            PrivateFile.CreateDirectory(dataDirectory);
            RequireEmpty();
            using var held = DataLock.Take(dataDirectory);
            RequireEmpty();
            var staging = Path.Combine(dataDirectory, Staging);
            try
            {
                DeleteStaging(staging);
                PrivateFile.CreateDirectory(staging);
                var report = Unpack(file, staging, cancellationToken);
                if (location.IsServer)
                {
                    await MoveAsync(staging, location, cancellationToken);
                }

                Place(staging);
                database.Remember(dataDirectory);
                return report with { Database = location.ToString() };
            }
            finally
            {
                DeleteStaging(staging);
            }
        }
        catch (Exception exception) when (exception is DatabaseCopyException or DatabaseUnusableException)
        {
            throw new BackupException(exception.Message, exception);
        }
        catch (AuthorityException exception)
        {
            throw new BackupException($"The backup's parts do not belong together: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The backup cannot be restored to {dataDirectory}: {exception.Message}", exception);
        }
    }

    private static void DeleteStaging(string staging)
    {
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private FileStream OpenSource()
    {
        try
        {
            return File.OpenRead(source);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The backup {source} cannot be read: {exception.Message}", exception);
        }
    }

    private void RequireEmpty()
    {
        if (Directory.EnumerateFileSystemEntries(dataDirectory).Select(Path.GetFileName).FirstOrDefault(name => !s_ignored.Contains(name!)) is { } found)
        {
            throw new BackupException(
                $"The data directory {dataDirectory} is not empty: it holds '{found}'. A backup is restored into an empty one only; name another with --data, or move what is there away.");
        }
    }

    private RestoreReport Unpack(FileStream file, string staging, CancellationToken cancellationToken)
    {
        var header = new byte[BackupFormat.HeaderBytes];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            throw new BackupException($"The file is no backup, or torn: it has {file.Length} bytes. Copy it again, or use another backup.");
        }

        using var format = BackupFormat.Open(header, passphrase);
        using var opening = new OpeningStream(file, format);
        var manifest = BackupArchive.Read(opening, staging, cancellationToken);
        using var database = new RestoredDatabase(Path.Combine(staging, BackupArchive.DatabaseName));
        database.Check(manifest.Program);
        var secret = SecretFacts.Find(staging) ?? throw new BackupException(
            $"The operator secret is not in this backup: it was left out, or the server had it in its environment. Give it in the environment variable {OperatorSecret.Variable}, here and to the server.");
        var fingerprint = SecretFacts.Check(staging, secret, database);

        var now = time.GetUtcNow();
        var codes = database.Prepare(manifest.Taken, now);
        RestoreHistory.Load(staging).SaveWith(new LostSpan(manifest.Taken, now), staging);
        return new RestoreReport(
            Path.GetFullPath(dataDirectory), manifest.Taken, manifest.Program, manifest.Host, fingerprint, manifest.OperatorSecret, manifest.Counts, codes, manifest.Settings);
    }

    // Everything else is in its place only after this, so that a server never finds its files without its tables.
    private static async Task MoveAsync(string staging, DatabaseLocation to, CancellationToken cancellationToken)
    {
        if (!DatabaseLocation.TryParse(null, staging, out var file, out var error))
        {
            throw new InvalidOperationException(error);
        }

        await DatabaseCopier.MigrateAsync(file, cancellationToken);
        await DatabaseCopier.CopyAsync(file, to, cancellationToken);
        File.Delete(file.File);
    }

    private void Place(string staging)
    {
        foreach (var name in (string[])[BackupArchive.SecretName, BackupArchive.RootName, BackupArchive.NextRootName, BackupArchive.HistoryName, BackupArchive.DatabaseName])
        {
            var from = Path.Combine([staging, .. name.Split('/')]);
            if (!File.Exists(from))
            {
                continue;
            }

            var to = Path.Combine([dataDirectory, .. name.Split('/')]);
            PrivateFile.CreateDirectory(Path.GetDirectoryName(to)!);
            using (var content = new FileStream(from, FileMode.Open, FileAccess.ReadWrite))
            {
                content.Flush(flushToDisk: true);
            }

            File.Move(from, to, overwrite: false);
            DurableDirectory.Flush(Path.GetDirectoryName(to)!);
        }

        DurableDirectory.Flush(dataDirectory);
    }
}

/// <summary>What was restored.</summary>
/// <param name="Data">Where.</param>
/// <param name="Taken">The moment the backup is of: what came after is not in it.</param>
/// <param name="Program">The version that made it.</param>
/// <param name="Host">The machine it was made on.</param>
/// <param name="Fingerprint">Of the authority's root.</param>
/// <param name="OperatorSecret">Whether the operator secret came out of the backup.</param>
/// <param name="Counts">How many rows the main tables have.</param>
/// <param name="UnusedCodes">Enrolment codes that are gone.</param>
/// <param name="Settings">How the server ran, if it did.</param>
internal sealed record RestoreReport(
    string Data,
    DateTimeOffset Taken,
    string Program,
    string Host,
    string? Fingerprint,
    bool OperatorSecret,
    IReadOnlyDictionary<string, long> Counts,
    int UnusedCodes,
    ServerSettings? Settings)
{
    /// <summary>Where the tables are now.</summary>
    public string Database { get; init; } = "";
}
