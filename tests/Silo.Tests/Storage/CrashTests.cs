using Headgate.Silo.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Storage;

/// <summary>
/// Whoever dies in the middle of a commit, what was acknowledged is there, and nothing is there in part. Real processes, killed (-9) at random moments, again and
/// again on the same database. <c>HEADGATE_CRASH_ROUNDS</c> makes it long: <c>bench/storage/run crash</c>.
/// </summary>
public sealed class CrashTests
{
    private const int Writers = 16;

    private static readonly int? s_rounds =
        int.TryParse(Environment.GetEnvironmentVariable("HEADGATE_CRASH_ROUNDS"), out var rounds) ? rounds : null;

    [Fact]
    public async Task SqliteSilo_WhenKilledInMidCommit_KeepsWhatItAcknowledged()
    {
        using var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        await KillWritersAsync(s_rounds ?? 12, null, folder.Path);
    }

    [Fact]
    public async Task PostgreSqlSilo_WhenKilledInMidCommit_KeepsWhatItAcknowledged()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync($"CREATE DATABASE crash OWNER {PostgreSqlCluster.User} TEMPLATE template0");
        await KillWritersAsync(s_rounds ?? 8, cluster.Url("crash"), folder.Path);
    }

    [Fact]
    public async Task PostgreSqlServer_WhenKilledInMidCommit_KeepsWhatWasAcknowledgedAndTheSiloGoesOn()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync($"CREATE DATABASE crash OWNER {PostgreSqlCluster.User} TEMPLATE template0");
        using var writer = WriterProcess.Start(cluster.Url("crash"), folder.Path, Writers);
        for (var round = 0; round < (s_rounds ?? 5); round++)
        {
            // Acknowledged after the server came back, by the same process that lost it: it goes on by itself.
            await writer.WaitAsync(writer.Acknowledged.Count + Random.Shared.Next(50, 400));
            await cluster.KillAsync();
            await cluster.StartAsync();
        }

        await writer.WaitAsync(writer.Acknowledged.Count + 100);
        await writer.KillAsync();
        await CheckAsync(cluster.Url("crash"), folder.Path, [.. writer.Acknowledged], [.. writer.Failed], Writers);
    }

    private static async Task KillWritersAsync(int rounds, string? location, string folder)
    {
        var (acknowledged, failed) = (new HashSet<string>(), new HashSet<string>());
        for (var round = 0; round < rounds; round++)
        {
            using var writer = WriterProcess.Start(location, folder, Writers);
            await writer.WaitAsync(Random.Shared.Next(1, 300));
            await writer.KillAsync();
            acknowledged.UnionWith(writer.Acknowledged);
            failed.UnionWith(writer.Failed);
            await CheckAsync(location, folder, acknowledged, failed, Writers * (round + 1));
        }
    }

    // The write that each writer had under way at a kill may be there or not, as a whole.
    private static async Task CheckAsync(string? location, string folder, HashSet<string> acknowledged, HashSet<string> failed, int underWay)
    {
        Assert.NotEmpty(acknowledged);
        await using var database = await Database.OpenAsync(folder, location);
        await using var db = database.Read();

        // One moment: a server may still commit what a killed writer sent it.
        await using var moment = await db.BeginReadAsync(default);
        var stored = (await db.Secrets.Select(row => row.Name).ToListAsync()).ToHashSet();
        Assert.Empty(acknowledged.Except(stored));
        Assert.True(stored.Except(acknowledged).Except(failed).Count() <= underWay);
        Assert.Equal(stored, (await db.Audit.Select(row => row.What).ToListAsync()).ToHashSet());
        Assert.Equal(stored, (await db.EdgeLog.Select(row => row.Payload).ToListAsync()).ToHashSet());
        Assert.Equal(stored.Count, await db.EdgeLog.CountAsync());
    }
}
