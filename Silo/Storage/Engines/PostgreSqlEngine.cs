using System.Data;
using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Headgate.Silo.Storage.Engines;

/// <summary>
/// PostgreSQL, from version 14 on. Several silos may write to one database. Identity values and clock times become visible in the order of commits, not of the
/// numbers: with two writers at once, a reader who follows <c>edge_log</c> could see number 8, remember it, and never see number 7, which was drawn earlier and
/// committed later. So every transaction that writes first takes one advisory lock, which the server gives to the next one after the commit is visible. That makes
/// writers serial as SQLite's are, with the same consequences: invariants over many rows may be read and then relied on, and no two writers can deadlock. Group
/// commit keeps the rate: the lock is held once for many works (docs/database.md has the numbers).
/// </summary>
internal sealed class PostgreSqlEngine : DatabaseEngine
{
    /// <summary>The collation of every text column: order and comparison by code point, as in SQLite and in .NET's ordinal.</summary>
    public const string Collation = "C";

    /// <summary>Folds every script; under <see cref="Collation"/> the server would fold ASCII only.</summary>
    public const string FoldingCollation = "und-x-icu";

    /// <summary>The lock of all writers on a database: "headgate" in ASCII.</summary>
    public const long WriterLock = 0x6865_6164_6761_7465;

    private static readonly Version s_oldest = new(14, 0);

    public static PostgreSqlEngine Instance { get; } = new();

    public override string Name => "PostgreSQL";

    public override void Configure(DbContextOptionsBuilder builder, DatabaseLocation location)
    {
        builder.UseNpgsql(location.ConnectionString, npgsql => npgsql.SetPostgresVersion(s_oldest));
        builder.AddInterceptors(new PostgreSqlText());
        builder.ReplaceService<IMigrationsSqlGenerator, PostgreSqlMigrations>();
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(new TextFoldingExtension());
    }

    public override async Task PrepareAsync(SiloDbContext db, DatabaseLocation location, CancellationToken cancellationToken)
    {
        try
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            if (connection.PostgreSqlVersion < s_oldest)
            {
                throw new DatabaseUnusableException($"The server of {location} is PostgreSQL {connection.PostgreSqlVersion}; {s_oldest.Major} or newer is needed.");
            }
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT current_setting('server_encoding'), EXISTS (SELECT FROM pg_collation WHERE collname = '{FoldingCollation}')";
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.GetString(0) is var encoding and not "UTF8")
            {
                throw new DatabaseUnusableException($"The database {location} has the encoding {encoding}; UTF8 is needed: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.");
            }
            if (!reader.GetBoolean(1))
            {
                throw new DatabaseUnusableException($"The server of {location} was built without ICU: it has no collation \"{FoldingCollation}\". Use one with ICU, as Debian and the PostgreSQL project ship it.");
            }
        }
        catch (NpgsqlException exception) when (exception is not PostgresException)
        {
            throw new DatabaseUnusableException($"The database {location} cannot be reached: {exception.Message}{Reason(exception)}", exception);
        }
        catch (PostgresException exception)
        {
            throw new DatabaseUnusableException($"The database {location} does not let the server in: {exception.MessageText}. {Advice(exception)}", exception);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    // The migration lock is a table lock here, which ends with the connection.
    public override Task<bool> DropAbandonedLockAsync(SiloDbContext db, DateTimeOffset before, CancellationToken cancellationToken) => Task.FromResult(false);

    public override Task<IDbContextTransaction> BeginReadAsync(SiloDbContext db, CancellationToken cancellationToken) =>
        db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    // Read committed: each statement after the lock sees what the writer before has committed. A server or role with synchronous_commit off would answer before the flush.
    public override async Task<IDbContextTransaction> BeginWriteAsync(SiloDbContext db, CancellationToken cancellationToken)
    {
        var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = transaction.GetDbTransaction();
        command.CommandText =
            $"SELECT pg_advisory_xact_lock({WriterLock}), CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END";
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception)
        {
            await transaction.DisposeAsync();
            throw;
        }
        return transaction;
    }

    public override Task OpenForTextAsync(SiloDbContext db, CancellationToken cancellationToken) => db.Database.OpenConnectionAsync(cancellationToken);

    public override async Task WriteChangesAsync(SiloDbContext db, IReadOnlyList<(SubjectKind Kind, string Key)> changed, CancellationToken cancellationToken)
    {
        var kinds = changed.Select(thing => (int)thing.Kind).ToArray();
        var keys = changed.Select(thing => thing.Key).ToArray();
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO change (kind, key, sequence)
            SELECT thing.kind, thing.key, thing.number + (SELECT COALESCE(MAX(sequence), 0) FROM change)
            FROM unnest({kinds}, {keys}) WITH ORDINALITY AS thing (kind, key, number)
            ON CONFLICT (kind, key) DO UPDATE SET sequence = excluded.sequence
            """,
            cancellationToken);
    }

    public override Task<long> ReadNumberAsync(SiloDbContext db, string table, string column, CancellationToken cancellationToken) =>
        db.Database.SqlQuery<long>($"SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence({table}, {column})::regclass), 0) AS \"Value\"").SingleAsync(cancellationToken);

    public override async Task SetNumberAsync(SiloDbContext db, string table, string column, long number, CancellationToken cancellationToken)
    {
        if (number > 0)
        {
            await db.Database.SqlQuery<long>($"SELECT setval(pg_get_serial_sequence({table}, {column}), {number}) AS \"Value\"").SingleAsync(cancellationToken);
        }
    }

    // The server names the constraint; which columns it has, the model knows. What the server says of values is not asked for.
    public override Exception Translate(SiloDbContext db, Exception exception)
    {
        if (exception.Causes().OfType<PostgresException>().FirstOrDefault() is not { SqlState: PostgresErrorCodes.UniqueViolation } error)
        {
            return exception;
        }
        var entity = db.Model.GetEntityTypes().FirstOrDefault(entity => entity.GetTableName() == error.TableName);
        var properties = entity?.GetKeys().FirstOrDefault(key => key.GetName() == error.ConstraintName)?.Properties
            ?? entity?.GetIndexes().FirstOrDefault(index => index.GetDatabaseName() == error.ConstraintName)?.Properties;
        var columns = properties is null
            ? error.ConstraintName ?? "key"
            : string.Join(", ", properties.Select(property => $"{error.TableName}.{property.GetColumnName()}"));
        return new UniqueConstraintException(columns, exception);
    }

    // A statement that took too long would take as long again.
    public override bool IsTransient(Exception exception) => exception.Causes().OfType<NpgsqlException>().FirstOrDefault() is { IsTransient: true } error
        && error.SqlState is not (PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory)
        && !error.Causes().Any(cause => cause is TimeoutException);

    public override bool IsFull(Exception exception) => exception.Causes().Any(cause => cause is PostgresException { SqlState: PostgresErrorCodes.DiskFull });

    // An error that the server itself sent while it lives on is an answer; everything else is silence.
    public override bool LeavesCommitUnknown(Exception exception) =>
        exception.Causes().OfType<PostgresException>().FirstOrDefault() is not { } error
        || error.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown;

    private static string Reason(NpgsqlException exception) => exception.InnerException is { Message: var inner } && !exception.Message.Contains(inner, StringComparison.Ordinal) ? $" ({inner})" : "";

    private static string Advice(PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.InvalidCatalogName => "Create it first: CREATE DATABASE name OWNER role ENCODING 'UTF8' TEMPLATE template0.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "Give the role's password in HEADGATE_DATABASE_PASSWORD or with --database-password-file, and see that pg_hba.conf lets the role in from here.",
        PostgresErrorCodes.InsufficientPrivilege => "Let the role own the database: ALTER DATABASE name OWNER TO role.",
        _ => "docs/database.md says how to set it up.",
    };
}
