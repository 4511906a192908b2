using System.Reflection;
using Headgate.Repository.Blobs;
using Headgate.Server.Commands;
using Headgate.Server.Databases;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;

namespace Headgate.Server.Backup;

/// <summary>Makes a backup: of a running server by asking it for a copy of its database, else of the data directory as it lies there.</summary>
internal sealed class BackupMaker(string dataDirectory, DatabaseChoice database, string target, string passphrase, TimeProvider time)
{
    private const string LockName = "backup.lock";

    /// <summary>The version that backups say they were made by.</summary>
    public static string ProgramVersion { get; } =
        typeof(BackupMaker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Whether the operator secret goes into the backup where it lies in the data directory.</summary>
    public bool WithOperatorSecret { get; init; } = true;

    /// <summary>Makes it; the target is there whole or not at all.</summary>
    /// <exception cref="BackupException">It cannot be made.</exception>
    public async Task<BackupReport> MakeAsync(CancellationToken cancellationToken)
    {
        using var turn = TakeTurn();
        try
        {
            using var client = new AdminClient(dataDirectory, Timeout.InfiniteTimeSpan);
            var answer = await client.SendAsync<CopyAnswer>(HttpMethod.Post, BackupEndpoints.Copies, null, cancellationToken);
            try
            {
                return Write(answer.Path, answer.Taken, answer.SecretInFile, answer.Settings, cancellationToken);
            }
            finally
            {
                await client.SendAsync(HttpMethod.Delete, BackupEndpoints.Copies, CancellationToken.None);
            }
        }
        catch (NoServerException exception)
        {
            using var held = TakeData(exception);
            using var copy = await DatabaseCopy.MakeAsync(database.Locate(dataDirectory), dataDirectory, time, cancellationToken);
            return Write(copy.Path, copy.Taken, secretInFile: true, null, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The backup cannot be written to {target}: {exception.Message}", exception);
        }
    }

    private BackupReport Write(string database, DateTimeOffset taken, bool secretInFile, ServerSettings? settings, CancellationToken cancellationToken)
    {
        string[] beside = [BackupArchive.RootName, BackupArchive.NextRootName, BackupArchive.HistoryName, .. secretInFile && WithOperatorSecret ? [BackupArchive.SecretName] : Array.Empty<string>()];
        var files = new List<BackupFile> { BackupArchive.Describe(BackupArchive.DatabaseName, database) };
        files.AddRange(beside.Where(name => File.Exists(PathOf(name))).Select(name => BackupArchive.Describe(name, PathOf(name))));

        BackupManifest manifest;
        using (var copied = new RestoredDatabase(database))
        {
            manifest = new BackupManifest(
                ProgramVersion,
                taken,
                Environment.MachineName,
                FingerprintOf(copied),
                copied.Schema,
                files.Any(file => file.Name == BackupArchive.SecretName),
                copied.Counts(),
                settings,
                files);
        }

        var bytes = WriteFile(manifest, name => name == BackupArchive.DatabaseName ? database : PathOf(name), cancellationToken);
        new LastBackup(taken, Path.GetFullPath(target), bytes).Save(dataDirectory);
        return new BackupReport(Path.GetFullPath(target), bytes, taken, settings is not null, manifest.OperatorSecret, manifest.Fingerprint, manifest.Counts);
    }

    // Whether the keys open is looked at where the secret is at hand: a backup that nobody could start from is not made.
    private string? FingerprintOf(RestoredDatabase copied)
    {
        try
        {
            return SecretFacts.Find(dataDirectory) is { } secret ? SecretFacts.Check(dataDirectory, secret, copied) : null;
        }
        catch (AuthorityException exception)
        {
            throw new BackupException($"{exception.Message} A backup like this could not be started from.", exception);
        }
    }

    private long WriteFile(BackupManifest manifest, Func<string, string> pathOf, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        var partial = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.partial");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            long bytes;
            using (var file = new FileStream(partial, options))
            {
                using var format = BackupFormat.Create(passphrase);
                using var sealing = new SealingStream(file, format);
                BackupArchive.Write(sealing, manifest, pathOf, cancellationToken);
                sealing.Finish();
                file.Flush(flushToDisk: true);
                bytes = file.Length;
            }

            File.Move(partial, target, overwrite: true);
            DurableDirectory.Flush(folder);
            return bytes;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private string PathOf(string name) => Path.Combine([dataDirectory, .. name.Split('/')]);

    private FileStream TakeTurn()
    {
        var path = Path.Combine(dataDirectory, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                Directory.Exists(dataDirectory)
                    ? $"{path} cannot be locked: {exception.Message} Another backup of this server is being made, or this is another user than the server's."
                    : $"There is no data directory {dataDirectory}. Name the server's with --data.",
                exception);
        }
    }

    private DataLock TakeData(NoServerException why)
    {
        try
        {
            return DataLock.Take(dataDirectory);
        }
        catch (StartupException)
        {
            // A server runs there and cannot be talked to: its own sentence says more.
            throw new BackupException(why.Message, why);
        }
    }
}

/// <summary>What was made.</summary>
internal sealed record BackupReport(
    string File, long Bytes, DateTimeOffset Taken, bool ServerRuns, bool OperatorSecret, string? Fingerprint, IReadOnlyDictionary<string, long> Counts);
