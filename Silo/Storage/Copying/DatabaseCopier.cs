using System.Data.Common;
using Headgate.Silo.Storage.Engines;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Headgate.Silo.Storage.Copying;

/// <summary>
/// Copies every row of one database to another, empty one, whatever keeps them: read in one transaction, so it is of one moment, written in one, so it is there as a whole
/// or not at all. Before the target commits, every table is read back from it, and counts and hashes compared.
/// </summary>
internal static class DatabaseCopier
{
    /// <summary>Copies.</summary>
    /// <returns>What was copied.</returns>
    /// <exception cref="DatabaseCopyException">It was not.</exception>
    public static async Task<IReadOnlyList<TableCopy>> CopyAsync(DatabaseLocation from, DatabaseLocation to, CancellationToken cancellationToken)
    {
        if (from.ToString() == to.ToString())
        {
            throw new DatabaseCopyException($"{from} cannot be copied onto itself.");
        }

        try
        {
            await using var source = Open(from);
            await RequireCurrentAsync(source, from, cancellationToken);
            await using var target = Open(to);
            await MigrateAsync(target, to, cancellationToken);
            await using var reading = await DatabaseEngine.Of(source).BeginReadAsync(source, cancellationToken);
            await using var writing = await DatabaseEngine.Of(target).BeginWriteAsync(target, cancellationToken);
            var copied = await CopyAsync(source, reading.GetDbTransaction(), target, writing.GetDbTransaction(), to, cancellationToken);
            await writing.CommitAsync(cancellationToken);
            return copied;
        }
        catch (DatabaseUnusableException exception)
        {
            throw new DatabaseCopyException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is DbException or DbUpdateException or IOException or UnauthorizedAccessException)
        {
            throw new DatabaseCopyException($"{from} was not copied to {to}: {exception.Message}", exception);
        }
        finally
        {
            LetGo(from);
            LetGo(to);
        }
    }

    /// <summary>Brings a database to this version's tables.</summary>
    /// <exception cref="DatabaseCopyException">It was made by a newer version.</exception>
    /// <exception cref="DatabaseUnusableException">It cannot be served from.</exception>
    public static async Task MigrateAsync(DatabaseLocation location, CancellationToken cancellationToken)
    {
        await using (var db = Open(location))
        {
            await MigrateAsync(db, location, cancellationToken);
        }

        LetGo(location);
    }

    internal static SiloDbContext Open(DatabaseLocation location)
    {
        var builder = new DbContextOptionsBuilder<SiloDbContext>();
        StorageServiceCollectionExtensions.Configure(builder, location);
        return new SiloDbContext(builder.Options);
    }

    // Once nobody has it open, the file holds everything and has no log beside it.
    private static void LetGo(DatabaseLocation location)
    {
        if (!location.IsServer)
        {
            using var db = Open(location);
            SqliteConnection.ClearPool((SqliteConnection)db.Database.GetDbConnection());
        }
    }

    private static async Task RequireCurrentAsync(SiloDbContext source, DatabaseLocation from, CancellationToken cancellationToken)
    {
        if (!from.IsServer && !File.Exists(from.File))
        {
            throw new DatabaseCopyException($"There is no database to copy: {from} is missing.");
        }

        if (from.IsServer)
        {
            await DatabaseEngine.Of(source).PrepareAsync(source, from, cancellationToken);
        }

        var known = source.Database.GetMigrations().ToArray();
        var applied = (await source.Database.GetAppliedMigrationsAsync(cancellationToken)).ToArray();
        if (!known.SequenceEqual(applied, StringComparer.Ordinal))
        {
            throw new DatabaseCopyException(
                applied.Length == 0 ? $"{from} holds no tables of a headgate-server."
                : applied.Except(known, StringComparer.Ordinal).Any() ? $"{from} was made by a newer version than this one; copy it with that."
                : $"{from} was last used by an older version. Start this version on it once, then copy it.");
        }
    }

    private static async Task MigrateAsync(SiloDbContext target, DatabaseLocation to, CancellationToken cancellationToken)
    {
        await DatabaseEngine.Of(target).PrepareAsync(target, to, cancellationToken);
        if ((await target.Database.GetAppliedMigrationsAsync(cancellationToken)).Except(target.Database.GetMigrations(), StringComparer.Ordinal).Any())
        {
            throw new DatabaseCopyException($"{to} was made by a newer version than this one.");
        }

        await target.Database.MigrateAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<TableCopy>> CopyAsync(
        SiloDbContext source, DbTransaction reading, SiloDbContext target, DbTransaction writing, DatabaseLocation to, CancellationToken cancellationToken)
    {
        var (from, into) = (source.Database.GetDbConnection(), target.Database.GetDbConnection());
        var tables = CopiedTable.Of(source);
        foreach (var table in tables)
        {
            if (await table.HasRowsAsync(into, writing, cancellationToken))
            {
                throw new DatabaseCopyException($"{to} is not empty: its table {table.Name} holds rows. Copy into a new database.");
            }
        }

        var copied = new List<TableCopy>();
        foreach (var table in tables)
        {
            using var hash = new RowHash();
            await using (var insert = table.Insert(into, writing))
            {
                await insert.PrepareAsync(cancellationToken);
                await table.ReadAsync(
                    from,
                    reading,
                    async row =>
                    {
                        for (var i = 0; i < row.Length; i++)
                        {
                            row[i] = row[i] is string text && into is NpgsqlConnection ? PostgreSqlText.Clean(text) : row[i];
                            insert.Parameters[i].Value = row[i] ?? DBNull.Value;
                        }

                        hash.Add(row);

                        await insert.ExecuteNonQueryAsync(cancellationToken);
                    },
                    cancellationToken);
            }

            var (rows, sum) = (hash.Rows, hash.Finish());
            using var back = new RowHash();
            await table.ReadAsync(into, writing, row => { back.Add(row); return Task.CompletedTask; }, cancellationToken);
            if (back.Rows != rows || back.Finish() != sum)
            {
                throw new DatabaseCopyException($"The table {table.Name} is not the same at both ends: {rows} rows were read and {back.Rows} written, and they differ. Nothing was kept. Report this.");
            }

            if (table.Identity is { } column)
            {
                var (sourceEngine, targetEngine) = (DatabaseEngine.Of(source), DatabaseEngine.Of(target));
                await targetEngine.SetNumberAsync(target, table.Name, column, await sourceEngine.ReadNumberAsync(source, table.Name, column, cancellationToken), cancellationToken);
            }

            copied.Add(new TableCopy(table.Name, rows, sum));
        }

        return copied;
    }
}
