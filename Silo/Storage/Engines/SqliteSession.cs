using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Headgate.Silo.Storage.Engines;

/// <summary>
/// What SQLite keeps per connection: FULL, so that a commit is on disk when it returns (in WAL the default of some builds flushes at checkpoints
/// only), and a wait for another process's write instead of an error at once. Foreign keys are in the connection string, WAL in the file.
/// </summary>
internal sealed class SqliteSession : DbConnectionInterceptor
{
    public const string Settings = "PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    private static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Settings;
        command.ExecuteNonQuery();
    }
}
