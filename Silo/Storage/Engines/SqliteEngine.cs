using System.Data;
using System.Globalization;
using System.Text.Json;
using Headgate.Grains;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Headgate.Silo.Storage.Engines;

/// <summary>SQLite: one file in the data directory, WAL, every commit flushed. It has one writer at a time by itself.</summary>
internal sealed class SqliteEngine : DatabaseEngine
{
    private const int Full = 13;
    private const int ConstraintPrimaryKey = 1555;
    private const int ConstraintUnique = 2067;

    public static SqliteEngine Instance { get; } = new();

    public override string Name => "SQLite";

    public override void Configure(DbContextOptionsBuilder builder, DatabaseLocation location) => builder
        .UseSqlite(new SqliteConnectionStringBuilder { DataSource = location.File, ForeignKeys = true, DefaultTimeout = 15 }.ToString())
        .AddInterceptors(new SqliteSession());

    public override async Task PrepareAsync(SiloDbContext db, DatabaseLocation location, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(location.File)!);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;", cancellationToken);
    }

    // EF's migration lock is a row that a killed process leaves behind, and everybody after it would wait for ever.
    public override async Task<bool> DropAbandonedLockAsync(SiloDbContext db, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var exists = await db.Database
            .SqlQueryRaw<int>("SELECT COUNT(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'")
            .SingleAsync(cancellationToken);
        if (exists == 0)
        {
            return false;
        }
        var oldest = before.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return await db.Database.ExecuteSqlAsync($"DELETE FROM \"__EFMigrationsLock\" WHERE \"Timestamp\" < {oldest}", cancellationToken) > 0;
    }

    // The provider's own way would take the writer's lock.
    public override async Task<IDbContextTransaction> BeginReadAsync(SiloDbContext db, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var sqlite = (SqliteConnection)db.Database.GetDbConnection();
        return (await db.Database.UseTransactionAsync(sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: true), cancellationToken))!;
    }

    // The provider begins transactions with the writer's lock, and waits for it.
    public override Task<IDbContextTransaction> BeginWriteAsync(SiloDbContext db, CancellationToken cancellationToken) =>
        db.Database.BeginTransactionAsync(cancellationToken);

    // SQLite's own knows ASCII only.
    public override async Task OpenForTextAsync(SiloDbContext db, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        ((SqliteConnection)db.Database.GetDbConnection()).CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
    }

    public override async Task WriteChangesAsync(SiloDbContext db, IReadOnlyList<(SubjectKind Kind, string Key)> changed, CancellationToken cancellationToken)
    {
        var things = JsonSerializer.Serialize(changed.Select(thing => new object[] { (int)thing.Kind, thing.Key }));
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO change (kind, key, sequence)
            SELECT thing.value ->> 0, thing.value ->> 1, thing.key + 1 + (SELECT COALESCE(MAX(sequence), 0) FROM change)
            FROM json_each({things}) AS thing
            WHERE true
            ON CONFLICT (kind, key) DO UPDATE SET sequence = excluded.sequence
            """,
            cancellationToken);
    }

    public override Task<long> ReadNumberAsync(SiloDbContext db, string table, string column, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<long>($"SELECT COALESCE(MAX(seq), 0) AS Value FROM sqlite_sequence WHERE name = {table}").SingleAsync(cancellationToken);

    public override async Task SetNumberAsync(SiloDbContext db, string table, string column, long number, CancellationToken cancellationToken)
    {
        if (await db.Database.ExecuteSqlAsync($"UPDATE sqlite_sequence SET seq = MAX(seq, {number}) WHERE name = {table}", cancellationToken) == 0)
        {
            await db.Database.ExecuteSqlAsync($"INSERT INTO sqlite_sequence (name, seq) VALUES ({table}, {number})", cancellationToken);
        }
    }

    // SQLite names the columns: "UNIQUE constraint failed: gateway.host, gateway.port".
    public override Exception Translate(SiloDbContext db, Exception exception)
    {
        if (exception is DbUpdateException { InnerException: SqliteException { SqliteExtendedErrorCode: ConstraintUnique or ConstraintPrimaryKey } error })
        {
            var from = error.Message.IndexOf("failed: ", StringComparison.Ordinal);
            var columns = from < 0 ? "key" : error.Message[(from + 8)..].TrimEnd('\'', '.', ' ');
            return new UniqueConstraintException(columns, exception);
        }
        return exception;
    }

    // A lock that is held longer than the wait for it is held by somebody who will not let go of it soon.
    public override bool IsTransient(Exception exception) => false;

    public override bool IsFull(Exception exception) => exception.Causes().Any(cause => cause is SqliteException { SqliteErrorCode: Full });

    // SQLite answers from within the process: what failed is rolled back, now or by whoever opens the file next.
    public override bool LeavesCommitUnknown(Exception exception) => false;
}
