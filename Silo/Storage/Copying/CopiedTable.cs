using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Headgate.Silo.Storage.Copying;

/// <summary>One table of the model: its columns, and statements that every database takes.</summary>
internal sealed class CopiedTable
{
    private readonly (string Name, Type Type)[] _columns;
    private readonly string _key;

    private CopiedTable(IEntityType entity)
    {
        Name = entity.GetTableName()!;
        _columns = [.. entity.GetProperties().Select(property => (
            property.GetColumnName(),
            property.GetTypeMapping().Converter?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType))];
        var key = entity.FindPrimaryKey()!;
        _key = string.Join(", ", key.Properties.Select(property => Quote(property.GetColumnName())));
        Identity = key.Properties is [{ ValueGenerated: ValueGenerated.OnAdd } number] && number.ClrType == typeof(long) ? number.GetColumnName() : null;
    }

    public string Name { get; }

    /// <summary>The column that the database numbers, or null.</summary>
    public string? Identity { get; }

    /// <summary>All tables, each after those that it refers to.</summary>
    public static IReadOnlyList<CopiedTable> Of(SiloDbContext db)
    {
        var left = db.Model.GetEntityTypes().OrderBy(entity => entity.GetTableName(), StringComparer.Ordinal).ToList();
        var ordered = new List<IEntityType>();
        while (left.Count > 0)
        {
            var next = left.First(entity => entity.GetForeignKeys().All(key => key.PrincipalEntityType == entity || ordered.Contains(key.PrincipalEntityType)));
            left.Remove(next);
            ordered.Add(next);
        }

        return [.. ordered.Select(entity => new CopiedTable(entity))];
    }

    /// <summary>Whether a row is there.</summary>
    public async Task<bool> HasRowsAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, transaction, $"SELECT 1 FROM {Quote(Name)} LIMIT 1");
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>All rows in the order of their key, which is the same everywhere: text and blobs by their bytes.</summary>
    public async Task ReadAsync(DbConnection connection, DbTransaction transaction, Func<object?[], Task> take, CancellationToken cancellationToken)
    {
        await using var command = Command(connection, transaction, $"SELECT {string.Join(", ", _columns.Select(column => Quote(column.Name)))} FROM {Quote(Name)} ORDER BY {_key}");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new object?[_columns.Length];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : Read(reader, i, _columns[i].Type);
            }

            await take(row);
        }
    }

    /// <summary>A statement that adds a row; its parameters are the columns in their order.</summary>
    public DbCommand Insert(DbConnection connection, DbTransaction transaction)
    {
        var command = Command(
            connection,
            transaction,
            $"INSERT INTO {Quote(Name)} ({string.Join(", ", _columns.Select(column => Quote(column.Name)))}) VALUES ({string.Join(", ", _columns.Select((_, i) => $"@p{i}"))})");
        for (var i = 0; i < _columns.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"p{i}";
            parameter.DbType = _columns[i].Type switch
            {
                var type when type == typeof(long) => System.Data.DbType.Int64,
                var type when type == typeof(int) || type.IsEnum => System.Data.DbType.Int32,
                var type when type == typeof(bool) => System.Data.DbType.Boolean,
                var type when type == typeof(byte[]) => System.Data.DbType.Binary,
                _ => System.Data.DbType.String,
            };
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static object Read(DbDataReader reader, int i, Type type) =>
        type == typeof(long) ? reader.GetInt64(i)
        : type == typeof(int) || type.IsEnum ? reader.GetInt32(i)
        : type == typeof(bool) ? reader.GetBoolean(i)
        : type == typeof(string) ? reader.GetString(i)
        : type == typeof(byte[]) ? reader.GetFieldValue<byte[]>(i)
        : throw new NotSupportedException($"A column has the type {type}, which no table of ours has.");

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = connection.CreateCommand();
        (command.Transaction, command.CommandText, command.CommandTimeout) = (transaction, sql, 0);
        return command;
    }

    private static string Quote(string name) => $"\"{name}\"";
}
