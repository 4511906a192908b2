using System.Diagnostics;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Engines;
using Headgate.Silo.Tests.Grains;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

[assembly: AssemblyFixture(typeof(Headgate.Silo.Tests.Storage.TestDatabases))]

namespace Headgate.Silo.Tests.Storage;

/// <summary>
/// Which database these tests run on: SQLite, or with <c>HEADGATE_TEST_DATABASE=postgresql</c> a PostgreSQL server of this process's own, where every folder of a test has a
/// database of its own, copied from one that is migrated.
/// </summary>
public sealed class TestDatabases : IAsyncDisposable
{
    private const string Template = "template_headgate";

    private static readonly Lazy<Task<PostgreSqlCluster>> s_cluster = new(StartAsync);
    private static int s_numbers;

    /// <summary>Whether the tests run on PostgreSQL.</summary>
    internal static bool OnPostgreSql { get; } = Environment.GetEnvironmentVariable("HEADGATE_TEST_DATABASE") switch
    {
        null or "" or "sqlite" => false,
        "postgresql" => true,
        var other => throw new InvalidOperationException($"HEADGATE_TEST_DATABASE is '{other}'; allowed is sqlite or postgresql."),
    };

    /// <summary>The server that all tests of this process share. Not for tests that stop it; it flushes nothing.</summary>
    internal static Task<PostgreSqlCluster> ClusterAsync() => s_cluster.Value;

    /// <summary>A database for a folder: null for the SQLite file in it.</summary>
    internal static async Task<string?> NewAsync() => OnPostgreSql ? await NewOnServerAsync(Template) : null;

    /// <summary>A database on the server, whatever the tests run on.</summary>
    /// <param name="template">What it is a copy of: <c>template0</c> for an empty one.</param>
    internal static async Task<string> NewOnServerAsync(string template = "template0")
    {
        var cluster = await ClusterAsync();
        var name = $"test_{Interlocked.Increment(ref s_numbers)}";
        await ExecuteAsync(cluster, $"CREATE DATABASE {name} TEMPLATE {template}");
        return cluster.Url(name);
    }

    /// <summary>Lets go of a database and of everybody on it.</summary>
    internal static void Drop(string? url)
    {
        SqliteConnection.ClearAllPools();
        var clock = Stopwatch.StartNew();
        while (url is not null && !TryDrop(url[(url.LastIndexOf('/') + 1)..], clock.Elapsed < TimeSpan.FromSeconds(60)))
        {
            Thread.Sleep(200);
        }
    }

    // The server waits 5 s for those whom it puts out.
    private static bool TryDrop(string name, bool isRetried)
    {
        try
        {
            using var connection = new NpgsqlConnection(Administration(s_cluster.Value.Result));
            connection.Open();
            using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", connection);
            command.ExecuteNonQuery();
            return true;
        }
        catch (NpgsqlException fault) when (isRetried && fault is PostgresException { SqlState: PostgresErrorCodes.ObjectInUse } or { InnerException: TimeoutException })
        {
            return false;
        }
    }

    /// <summary>A folder whose database is let go of with it.</summary>
    internal static async Task<(TemporaryFolder Folder, string? Database)> NewFolderAsync()
    {
        var database = await NewAsync();
        return (new TemporaryFolder(() => Drop(database)), database);
    }

    /// <summary>From now on the database refuses, in the middle of a transaction, what <paramref name="operation"/> names, such as <c>UPDATE ON tenant</c>.</summary>
    internal static async Task RefuseAsync(SiloWorld silo, string operation, string message, string? when = null)
    {
        await using var db = silo.Read();
        var condition = when is null ? "" : $"WHEN ({when})";
        await db.Database.ExecuteSqlRawAsync(OnPostgreSql
            ? $"""
              CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$;
              CREATE TRIGGER refuse BEFORE {operation} FOR EACH ROW {condition} EXECUTE FUNCTION refuse();
              """
            : $"CREATE TRIGGER refuse BEFORE {operation} {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END");
    }

    /// <summary>Ends what <see cref="RefuseAsync"/> began on a table.</summary>
    internal static async Task AllowAsync(SiloWorld silo, string table)
    {
        await using var db = silo.Read();
        await db.Database.ExecuteSqlRawAsync(OnPostgreSql ? "DROP TRIGGER refuse ON " + table : "DROP TRIGGER refuse");
    }

    public async ValueTask DisposeAsync()
    {
        if (s_cluster.IsValueCreated)
        {
            NpgsqlConnection.ClearAllPools();
            await (await s_cluster.Value).DisposeAsync();
        }
    }

    private static async Task<PostgreSqlCluster> StartAsync()
    {
        // A database that the server itself cleans at the moment cannot be dropped with FORCE by anybody but a superuser.
        var cluster = await PostgreSqlCluster.StartAsync("fsync = off", "full_page_writes = off", "max_wal_size = 4GB", "autovacuum = off");
        await ExecuteAsync(cluster, $"CREATE DATABASE {Template} TEMPLATE template0");
        Assert.True(DatabaseLocation.TryParse(cluster.Url(Template) + "?Pooling=false", "", out var location, out var error), error);
        var builder = new DbContextOptionsBuilder<SiloDbContext>();
        StorageServiceCollectionExtensions.Configure(builder, location);
        await using (var db = new SiloDbContext(builder.Options))
        {
            await db.Database.MigrateAsync();
        }
        return cluster;
    }

    private static async Task ExecuteAsync(PostgreSqlCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(Administration(cluster));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Administration(PostgreSqlCluster cluster) => $"Host={cluster.SocketDirectory};Username={PostgreSqlCluster.User};Database=postgres;Timeout=60;Command Timeout=120";
}
