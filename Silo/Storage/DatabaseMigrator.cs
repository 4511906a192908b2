using Headgate.Silo.Storage.Engines;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Storage;

/// <summary>Brings the database to this version's tables before any service starts.</summary>
internal sealed partial class DatabaseMigrator(
    IDbContextFactory<SiloDbContext> contexts, DatabaseLocation location, TimeProvider time, ILogger<DatabaseMigrator> logger) : IHostedLifecycleService
{
    // A migration here takes well under a minute.
    private static readonly TimeSpan s_abandoned = TimeSpan.FromMinutes(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var engine = DatabaseEngine.Of(db);
        await engine.PrepareAsync(db, location, cancellationToken);
        var pending = (await db.Database.GetPendingMigrationsAsync(cancellationToken)).ToArray();
        if (pending.Length == 0)
        {
            return;
        }
        if (await engine.DropAbandonedLockAsync(db, time.GetUtcNow() - s_abandoned, cancellationToken))
        {
            DroppedLock(logger);
        }
        Migrating(logger, pending.Length, pending[^1]);
        await db.Database.MigrateAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(2000, LogLevel.Information, "Bringing the database up to date: {Count} migrations, the last is {Last}")]
    private static partial void Migrating(ILogger logger, int count, string last);

    [LoggerMessage(2001, LogLevel.Warning, "Removed the migration lock of a process that ended in the middle of a migration")]
    private static partial void DroppedLock(ILogger logger);
}
