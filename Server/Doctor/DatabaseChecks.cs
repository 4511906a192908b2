using System.Globalization;
using Headgate.Gateway.Doctor;
using Headgate.Protocol.Naming;
using Headgate.Server.Databases;
using Headgate.Server.Hosting;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Copying;
using Headgate.Silo.Storage.Engines;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Headgate.Server.Doctor;

/// <summary>Whether the server's tables are sound, or within reach.</summary>
internal static class DatabaseChecks
{
    private static readonly TimeSpan s_clockApart = TimeSpan.FromSeconds(2);
    private static readonly string[] s_flushes = ["fsync", "full_page_writes", "synchronous_commit"];

    public static async Task ExamineAsync(Examination found, DatabaseChoice choice, string dataDirectory, TimeProvider time, CancellationToken cancellationToken)
    {
        DatabaseLocation location;
        try
        {
            location = choice.Locate(dataDirectory);
        }
        catch (StartupException exception)
        {
            found.Fail("database", exception.Message, "Give --database as the server has it.");
            return;
        }

        if (!location.IsServer)
        {
            await SqliteAsync(found, location.File, cancellationToken);
            return;
        }

        try
        {
            await using var db = DatabaseCopier.Open(location);
            await location.Engine.PrepareAsync(db, location, cancellationToken);
            await PostgreSqlAsync(found, location, db, time, cancellationToken);
        }
        catch (DatabaseUnusableException exception)
        {
            found.Fail("database", exception.Message, "docs/database.md says how to set it up.");
        }
        catch (NpgsqlException exception)
        {
            found.Fail("database", $"{location} cannot be examined: {exception.Message}", "Look into the database server's log.");
        }
    }

    private static async Task SqliteAsync(Examination found, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            found.Fail("database", $"{path} is not there", "Name the server's data directory with --data; a new server makes one at its first start.");
            return;
        }

        try
        {
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA quick_check(1)";
            command.CommandTimeout = 0;
            var said = await command.ExecuteScalarAsync(cancellationToken) as string;
            if (said == "ok")
            {
                found.Ok("database", $"sound, {ByteSize.Format(new FileInfo(path).Length + (new FileInfo(path + "-wal") is { Exists: true } log ? log.Length : 0))}");
            }
            else
            {
                found.Fail("database", $"damaged: {said}", "Stop the server, keep a copy of its data directory, and restore the last backup.");
            }
        }
        catch (SqliteException exception)
        {
            found.Fail("database", $"cannot be read: {exception.Message}", "Run this as the server's user. If the file is damaged: stop the server, keep a copy, and restore the last backup.");
        }
    }

    private static async Task PostgreSqlAsync(Examination found, DatabaseLocation location, SiloDbContext db, TimeProvider time, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var before = time.GetUtcNow();
        await using var command = new NpgsqlCommand(
            """
            SELECT pg_database_size(current_database()), has_schema_privilege(current_schema(), 'CREATE'), pg_is_in_recovery(), (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
                   current_setting('fsync') || ' ' || current_setting('full_page_writes') || ' ' || current_setting('synchronous_commit'),
                   current_setting('server_version'), COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var after = time.GetUtcNow();
        if (reader.GetBoolean(2))
        {
            found.Fail("database", $"{location} is a standby and takes no writes", "Name the primary, or promote this one.");
        }
        else if (!reader.GetBoolean(1))
        {
            found.Fail("database", $"{location} does not let its user make tables", "Let the user own the database: ALTER DATABASE name OWNER TO user.");
        }
        else
        {
            found.Ok("database", $"{location} answers, PostgreSQL {reader.GetString(5)}, {ByteSize.Format(reader.GetInt64(0))}");
        }

        var settings = reader.GetString(4).Split(' ');
        foreach (var (name, value) in s_flushes.Zip(settings).Where(setting => setting.Second == "off"))
        {
            // What the server writes turns synchronous_commit on for itself.
            if (name != "synchronous_commit")
            {
                found.Fail("database durability", $"the database server has {name} = off: what it answered can be lost or torn when its machine stops", $"Set {name} = on in postgresql.conf.");
            }
        }

        if (!reader.GetBoolean(6) && connection.Host is { } host && !host.StartsWith('/') && host is not ("127.0.0.1" or "::1" or "localhost"))
        {
            found.Warn("database tls", $"what goes to {location} is not encrypted", "Add ?sslmode=verify-full&sslrootcert=FILE to --database.");
        }

        // Read between before and after: the half of that time is what is not known of its clock.
        var (middle, doubt) = (before + (after - before) / 2, (after - before) / 2);
        var apart = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)) - middle;
        var seen = string.Create(CultureInfo.InvariantCulture, $"the database server's clock is {Math.Abs(apart.TotalSeconds):0.0} s {(apart < TimeSpan.Zero ? "behind" : "ahead of")} this machine's");
        if (apart.Duration() > s_clockApart + doubt)
        {
            found.Warn("database clock", seen, "Let both machines follow a time server. Times in the tables are this machine's.");
        }
        else
        {
            found.Ok("database clock", seen);
        }
    }
}
