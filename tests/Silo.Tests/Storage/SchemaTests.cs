using System.Data.Common;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Engines;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Headgate.Silo.Tests.Storage;

public sealed class SchemaTests
{
    [Fact]
    public async Task Migrations_OnSqlite_MakeTheTablesOfTheModel()
    {
        using var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        await using var database = await Database.OpenAsync(folder.Path, null);
        await using var db = database.Read();
        await using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        var byModel = new DbContextOptionsBuilder<SiloDbContext>().UseSqlite(connection).Options;
        await using var fresh = new SiloDbContext(byModel);
        await fresh.Database.EnsureCreatedAsync();

        await db.Database.OpenConnectionAsync();
        var expected = Describe(connection, SqliteTables);
        var migrated = Describe(db.Database.GetDbConnection(), SqliteTables);

        Assert.NotEmpty(expected);
        Assert.Equal(expected, migrated);
    }

    [Fact]
    public async Task Migrations_OnPostgreSql_MakeTheTablesOfTheModel()
    {
        var (byMigrations, byModel) = (await TestDatabases.NewOnServerAsync(), await TestDatabases.NewOnServerAsync());
        using var folder = new TemporaryFolder();
        await using var database = await Database.OpenAsync(folder.Path, byMigrations);
        await using var migrated = database.Read();
        Assert.True(DatabaseLocation.TryParse(byModel, "", out var location, out _));
        var builder = new DbContextOptionsBuilder<SiloDbContext>();
        StorageServiceCollectionExtensions.Configure(builder, location);
        await using var fresh = new SiloDbContext(builder.Options);
        await fresh.Database.EnsureCreatedAsync();

        await migrated.Database.OpenConnectionAsync();
        await fresh.Database.OpenConnectionAsync();
        var expected = Describe(fresh.Database.GetDbConnection(), PostgreSqlTables);

        Assert.Contains("column account.id text collation C null=NO identity=NO", expected);
        Assert.Contains("column edge_log.sequence bigint collation  null=NO identity=YES", expected);
        Assert.Equal(expected, Describe(migrated.Database.GetDbConnection(), PostgreSqlTables));
    }

    [Fact]
    public async Task Start_WhenAlreadyMigrated_ChangesNothingAndKeepsRows()
    {
        await using var database = await Database.OpenAsync();
        await database.Writer.WriteAsync((db, _) => { db.Secrets.Add(new() { Name = "one", Ciphertext = [1] }); return Task.CompletedTask; }, default);
        await using var again = await database.BesideAsync();
        await using var db = again.Read();
        Assert.Equal("one", (await db.Secrets.SingleAsync()).Name);
    }

    [Fact]
    public async Task Connections_OnSqlite_FlushEveryCommitAndKeepForeignKeys()
    {
        using var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        await using var database = await Database.OpenAsync(folder.Path, null);
        await using var db = database.Read();
        await db.Database.OpenConnectionAsync();
        Assert.Equal("wal", Pragma(db, "journal_mode"));
        Assert.Equal("2", Pragma(db, "synchronous"));
        Assert.Equal("1", Pragma(db, "foreign_keys"));
        Assert.Equal("10000", Pragma(db, "busy_timeout"));
    }

    [Fact]
    public async Task Start_WhenAProcessDiedInAMigration_DoesNotWaitForItsLock()
    {
        using var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "headgate.db")}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2020-01-01 00:00:00.0000000+00:00');
                """;
            command.ExecuteNonQuery();
        }
        await using var database = await Database.OpenAsync(folder.Path, null).WaitAsync(TimeSpan.FromSeconds(60));
        await using var db = database.Read();
        Assert.Equal(0, await db.Secrets.CountAsync());
    }

    [Fact]
    public void StoredEnums_Always_KeepTheirNumbers()
    {
        Assert.Equal("Active=0 Disabled=1", Numbers<TenantStatus>());
        Assert.Equal("ReadOnly=0 AppendOnly=1 Full=2", Numbers<AccessLevel>());
        Assert.Equal("Direct=0 Nat=1", Numbers<GatewayMode>());
        Assert.Equal("Active=0 Draining=1 Disabled=2", Numbers<WantedState>());
        Assert.Equal("Backup=0 Copy=1 Agentless=2", Numbers<JobMode>());
        Assert.Equal("Running=0 Retrying=1 Succeeded=2 Warning=3 NoSnapshot=4 Failed=5 Cancelled=6 Lost=7 Resumed=8", Numbers<RunStatus>());
        Assert.Equal("Administrator=0 Tenant=1", Numbers<AccountRole>());
        Assert.Equal("Tenant=0 Quota=1 Job=2 Gateway=3 Repository=4 Account=5 FleetToken=6 Drills=7", Numbers<SubjectKind>());
        Assert.Equal("Silo=0 Gateway=1 Repository=2 Connector=3", Numbers<CertificateRole>());
        Assert.Equal("Waiting=0 Running=1 Passed=2 Failed=3 NotPossible=4 Interrupted=5", Numbers<DrillState>());
    }

    private static string Numbers<TEnum>()
        where TEnum : struct, Enum => string.Join(' ', Enum.GetValues<TEnum>().Select(value => $"{value}={Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)}"));

    private static string? Pragma(SiloDbContext db, string name)
    {
        using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"PRAGMA {name}";
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private const string SqliteTables = """
        SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || ' notnull=' || c."notnull" || ' pk=' || c.pk
        FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\'
        UNION ALL
        SELECT 'index ' || m.name || ' ' || i.name || ' unique=' || i."unique" || ' (' || (SELECT group_concat(name) FROM pragma_index_info(i.name)) || ')'
        FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\' AND i.origin = 'c'
        UNION ALL
        SELECT 'reference ' || m.name || '.' || f."from" || ' to ' || f."table" || '.' || f."to" || ' on delete ' || f.on_delete
        FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
        UNION ALL
        SELECT 'autoincrement ' || name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' AND name NOT LIKE '\_\_EF%' ESCAPE '\'
        """;

    private const string PostgreSqlTables = """
        SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' collation ' || COALESCE(collation_name, '') || ' null=' || is_nullable || ' identity=' || is_identity
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%'
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\_\_EF%'
        UNION ALL
        SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%\_\_EF%'
        """;

    private static List<string> Describe(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(reader.GetString(0));
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}
