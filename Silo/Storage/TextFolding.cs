using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage;

internal static class TextFolding
{
    /// <summary>Opens the connection and gives SQLite, whose own knows ASCII only, a <c>lower()</c> for every script, as other databases have it.</summary>
    public static async Task OpenForTextAsync(this SiloDbContext db, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        if (db.Database.GetDbConnection() is SqliteConnection sqlite)
        {
            sqlite.CreateFunction("lower", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
        }
    }
}
