using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Storage;

/// <summary>Brings the database to this version's tables before any service starts.</summary>
internal sealed partial class DatabaseMigrator(
    IDbContextFactory<SiloDbContext> contexts, SiloOptions options, TimeProvider time, ILogger<DatabaseMigrator> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan s_abandoned = TimeSpan.FromMinutes(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataDirectory);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;", cancellationToken);
        var pending = (await db.Database.GetPendingMigrationsAsync(cancellationToken)).ToArray();
        if (pending.Length == 0)
        {
            return;
        }
        await DropAbandonedLockAsync(db, cancellationToken);
        Migrating(logger, pending.Length, pending[^1]);
        await db.Database.MigrateAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // EF's migration lock is a row that a killed process leaves behind, and everybody after it would wait for ever. A migration here takes well under a minute.
    private async Task DropAbandonedLockAsync(SiloDbContext db, CancellationToken cancellationToken)
    {
        var exists = await db.Database
            .SqlQueryRaw<int>("SELECT COUNT(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'")
            .SingleAsync(cancellationToken);
        if (exists > 0)
        {
            var before = (time.GetUtcNow() - s_abandoned).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
            var dropped = await db.Database.ExecuteSqlAsync($"DELETE FROM \"__EFMigrationsLock\" WHERE \"Timestamp\" < {before}", cancellationToken);
            if (dropped > 0)
            {
                DroppedLock(logger);
            }
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "Bringing the database up to date: {Count} migrations, the last is {Last}")]
    private static partial void Migrating(ILogger logger, int count, string last);

    [LoggerMessage(2001, LogLevel.Warning, "Removed the migration lock of a process that ended in the middle of a migration")]
    private static partial void DroppedLock(ILogger logger);
}
