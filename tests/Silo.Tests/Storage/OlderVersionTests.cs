using Headgate.Grains;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Engines;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Tests.Storage;

/// <summary>A database, or the one in a backup, that an older version wrote.</summary>
public sealed class OlderVersionTests
{
    private const string LastOfOlder = "20261122000008_Drain";

    [Fact]
    public async Task Start_OnAnOlderSqlite_TakesItsRunsUp()
    {
        using var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        Assert.True(DatabaseLocation.TryParse(null, folder.Path, out var location, out _));
        await TakenUpAsync(folder.Path, null, location);
    }

    [Fact]
    public async Task Start_OnAnOlderPostgreSql_TakesItsRunsUp()
    {
        using var folder = new TemporaryFolder();
        var url = await TestDatabases.NewOnServerAsync();
        Assert.True(DatabaseLocation.TryParse(url, "", out var location, out _));
        await TakenUpAsync(folder.Path, url, location);
    }

    private static async Task TakenUpAsync(string folder, string? url, DatabaseLocation location)
    {
        var builder = new DbContextOptionsBuilder<SiloDbContext>();
        StorageServiceCollectionExtensions.Configure(builder, location);
        await using (var older = new SiloDbContext(builder.Options))
        {
            await older.GetService<IMigrator>().MigrateAsync(LastOfOlder);
            await older.Database.ExecuteSqlRawAsync("""
                INSERT INTO tenant (id, display_name, status, run_limit, lease_closed, created, revision, version) VALUES ('acme', 'Acme', 0, 0, {0}, 1000, 1, 1);
                INSERT INTO repository (id, host, port, revoked, created, version, enrolment) VALUES ('rep1', 'rep1', 6183, {0}, 1000, 1, 0);
                INSERT INTO job (tenant, id, mode, repository, next_run, version) VALUES ('acme', 'nightly', 1, 'rep1', 2, 7);
                INSERT INTO run (tenant, job, run, status, connector, repository, host, tool, reads_only, connections, server_name, started, heard, cancel_requested)
                    VALUES ('acme', 'nightly', 1, 0, 'laptop', 'rep1', 'desk', 'restic backup', {0}, 5, 'r-x.data.backup.test', 1000, 1000, {1});
                INSERT INTO attempt (tenant, job, run, attempt, started) VALUES ('acme', 'nightly', 1, 1, 1000);
                """, false, true);
        }

        await using var database = await Database.OpenAsync(folder, url);
        await using var db = database.Read();
        var (run, attempt) = (await db.Runs.SingleAsync(), await db.Attempts.SingleAsync());
        Assert.Equal((RunStatus.Running, true, null), (run.Status, run.CancelRequested, run.CancelAsked));
        Assert.Equal((0, 0L, 0L), (attempt.Resumes, attempt.GapMilliseconds, attempt.LongestGapMilliseconds));
        Assert.Equal(JobMode.Copy, (await db.Jobs.SingleAsync()).Mode);
    }
}
