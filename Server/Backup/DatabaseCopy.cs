using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Copying;
using Headgate.Silo.Storage.Engines;
using Microsoft.Data.Sqlite;

namespace Headgate.Server.Backup;

/// <summary>
/// A consistent copy of the database while others write, of one moment and without a log beside it: a SQLite file, made by SQLite itself (<c>VACUUM INTO</c>) or
/// from PostgreSQL's rows.
/// </summary>
internal sealed class DatabaseCopy : IDisposable
{
    private const string Prefix = ".backup-";

    private readonly string _folder;

    private DatabaseCopy(string folder, DateTimeOffset taken) => (_folder, Taken) = (folder, taken);

    /// <summary>Where it lies: in a folder in the data directory that only its owner may enter.</summary>
    public string Path => DatabaseFile.In(_folder);

    /// <summary>No later than the moment that it is of.</summary>
    public DateTimeOffset Taken { get; }

    /// <summary>Makes a copy. One at a time per data directory: copies that were left behind are taken away.</summary>
    /// <exception cref="BackupException">There is no database, it is damaged, or the copy cannot be written.</exception>
    public static async Task<DatabaseCopy> MakeAsync(DatabaseLocation location, string dataDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        var database = location.ToString();
        if (!location.IsServer && !File.Exists(database))
        {
            throw new BackupException($"There is no database in {dataDirectory}: {database} is missing. Name the server's data directory with --data.");
        }

        var copy = new DatabaseCopy(System.IO.Path.Combine(System.IO.Path.GetFullPath(dataDirectory), Prefix + Guid.NewGuid().ToString("N")), time.GetUtcNow());
        try
        {
            foreach (var left in Directory.EnumerateDirectories(dataDirectory, Prefix + "*"))
            {
                Directory.Delete(left, recursive: true);
            }

            Silo.Certificates.PrivateFile.CreateDirectory(copy._folder);
            await (location.IsServer ? copy.FillAsync(location, cancellationToken) : copy.FillAsync(database, cancellationToken));
            return copy;
        }
        catch (DatabaseCopyException exception)
        {
            copy.Dispose();
            throw new BackupException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            copy.Dispose();
            throw new BackupException($"The database {database} cannot be copied: {exception.Message}", exception);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task FillAsync(DatabaseLocation server, CancellationToken cancellationToken)
    {
        if (!DatabaseLocation.TryParse(null, _folder, out var file, out var error))
        {
            throw new InvalidOperationException(error);
        }

        await DatabaseCopier.CopyAsync(server, file, cancellationToken);
        // As SQLite's own copies are: without a log beside it when it is opened.
        await using var copied = await OpenAsync(Path, SqliteOpenMode.ReadWrite, cancellationToken);
        await using var command = copied.CreateCommand();
        command.CommandText = "PRAGMA journal_mode=DELETE";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task FillAsync(string database, CancellationToken cancellationToken)
    {
        await using (var source = await OpenAsync(database, SqliteOpenMode.ReadWrite, cancellationToken))
        await using (var command = source.CreateCommand())
        {
            command.CommandText = "VACUUM INTO $path";
            command.Parameters.AddWithValue("$path", Path);
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var copied = await OpenAsync(Path, SqliteOpenMode.ReadOnly, cancellationToken);
        await using var check = copied.CreateCommand();
        check.CommandText = "PRAGMA integrity_check(1)";
        check.CommandTimeout = 0;
        var found = await check.ExecuteScalarAsync(cancellationToken) as string;
        if (found != "ok")
        {
            throw new BackupException($"The database {database} is damaged: {found}. No backup was made of it; restore an earlier one.");
        }
    }

    private static async Task<SqliteConnection> OpenAsync(string path, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        // Not pooled: the file is to be let go of.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
