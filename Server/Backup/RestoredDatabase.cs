using System.Globalization;
using Headgate.Silo.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Server.Backup;

/// <summary>A database out of the hands of its server: read for a backup, or made ready to serve again after a restore.</summary>
internal sealed class RestoredDatabase : IDisposable
{
    private static readonly string[] s_counted = ["tenant", "gateway", "repository", "connector", "job"];

    private readonly SqliteConnection _connection;

    /// <exception cref="BackupException">It cannot be opened.</exception>
    public RestoredDatabase(string path)
    {
        // Not pooled: the file is to be let go of.
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        try
        {
            _connection.Open();
        }
        catch (SqliteException exception)
        {
            _connection.Dispose();
            throw new BackupException($"The database {path} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>The migrations that this program knows, oldest first.</summary>
    public static IReadOnlyList<string> KnownMigrations { get; } = FindMigrations();

    /// <summary>The last migration it went through.</summary>
    public string Schema => Text("SELECT MigrationId FROM __EFMigrationsHistory ORDER BY MigrationId DESC LIMIT 1");

    /// <summary>How many rows the main tables have.</summary>
    public IReadOnlyDictionary<string, long> Counts() => s_counted.ToDictionary(
        table => table, table => long.Parse(Text($"SELECT COUNT(*) FROM \"{table}\""), CultureInfo.InvariantCulture), StringComparer.Ordinal);

    /// <summary>The sealed secrets.</summary>
    public IReadOnlyList<(string Name, byte[] Ciphertext)> Secrets()
    {
        var secrets = new List<(string, byte[])>();
        using var command = Command("SELECT name, ciphertext FROM silo_secret ORDER BY name");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            secrets.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        return secrets;
    }

    /// <summary>Refuses a database that is damaged, or that a newer version made.</summary>
    /// <exception cref="BackupException">It is.</exception>
    public void Check(string madeBy)
    {
        try
        {
            if (Text("PRAGMA integrity_check(1)") is var found and not "ok")
            {
                throw new BackupException($"The database in the backup is damaged: {found}. Use another backup.");
            }

            using var command = Command("SELECT MigrationId FROM __EFMigrationsHistory ORDER BY MigrationId");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var migration = reader.GetString(0);
                if (!KnownMigrations.Contains(migration, StringComparer.Ordinal))
                {
                    throw new BackupException(
                        $"The database in the backup has been brought to '{migration}', which this version does not know. It was made by headgate-server {madeBy}: restore it with that version, or a newer one.");
                }
            }
        }
        catch (SqliteException exception)
        {
            throw new BackupException($"The database in the backup cannot be read: {exception.Message} Use another backup.", exception);
        }
    }

    /// <summary>
    /// Makes it ready to serve again.
    /// <list type="bullet">
    /// <item>Event numbers go on far above all that gateways and repositories may have seen: by the clock, 1024 for each millisecond, so that a second restore of
    /// the same backup is above the first. The log itself is empty, so everyone who comes back with a number gets a snapshot.</item>
    /// <item>Codes that were not used when the backup was taken may have been used since; a code works once, so they are gone.</item>
    /// </list>
    /// </summary>
    /// <returns>How many unused codes are gone.</returns>
    public int Prepare(DateTimeOffset taken, DateTimeOffset now)
    {
        using var transaction = _connection.BeginTransaction();
        var sequence = Math.Max(now.ToUnixTimeMilliseconds() << 10, long.Parse(Text("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'edge_log'"), CultureInfo.InvariantCulture) + 1);
        Run("DELETE FROM edge_log");
        Run(
            "INSERT INTO edge_log (sequence, audience, kind, payload, at) VALUES ($sequence, 'nobody', 'restored', '{}', $at)",
            ("$sequence", sequence),
            ("$at", now.ToUnixTimeMilliseconds()));
        var codes = Run("DELETE FROM enrolment_code WHERE used IS NULL");
        Run(
            "INSERT INTO audit (at, kind, who, what) VALUES ($at, 'restored', 'administrator', $what)",
            ("$at", now.ToUnixTimeMilliseconds()),
            ("$what", string.Create(CultureInfo.InvariantCulture, $"The server was restored from a backup of {taken.UtcDateTime:O}.")));
        transaction.Commit();
        return codes;
    }

    public void Dispose() => _connection.Dispose();

    private static string[] FindMigrations()
    {
        using var db = new SiloDbContext(new DbContextOptionsBuilder<SiloDbContext>().UseSqlite("Data Source=:memory:").Options);
        return [.. db.Database.GetMigrations()];
    }

    private string Text(string sql)
    {
        using var command = Command(sql);
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }

    private int Run(string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(sql);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        return command;
    }
}
