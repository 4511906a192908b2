using Microsoft.Data.Sqlite;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>An open database, whose write-ahead log is not folded into it while it is open.</summary>
internal sealed class SqliteConnectionHolder : IAsyncDisposable
{
    private readonly SqliteConnection _connection;

    public SqliteConnectionHolder(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
    }

    public async Task RunAsync(string sql)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
