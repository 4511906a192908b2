using System.Diagnostics;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Engines;
using Headgate.Testing;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Storage.Bench;

/// <summary>
/// Commits a second by 1 and 64 writers, on SQLite and on a PostgreSQL server of its own, every commit flushed to this machine's disk: through the silo's writer (works that
/// wait together are committed together), and each work in a transaction of its own.
/// </summary>
internal static class Rates
{
    public static async Task<int> RunAsync(TimeSpan time)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await PostgreSqlCluster.StartAsync("shared_buffers = 256MB");
        await cluster.SqlAsync($"CREATE DATABASE bench OWNER {PostgreSqlCluster.User} TEMPLATE template0");
        Console.WriteLine($"{"database",-12} {"writers",7} {"together/s",11} {"each own/s",11} {"ratio",6} {"each own, without order/s",26}");
        foreach (var (name, location) in new (string, string?)[] { ("SQLite", null), ("PostgreSQL", cluster.Url("bench")) })
        {
            await using var storage = await OpenStorage.OpenAsync(location, folder.Path);
            foreach (var writers in new[] { 1, 64 })
            {
                await MeasureAsync(writers, TimeSpan.FromSeconds(1), storage.WriteAsync);
                var together = await MeasureAsync(writers, time, storage.WriteAsync);
                var own = await MeasureAsync(writers, time, work => OwnAsync(storage, work, inOrder: true));
                var loose = location is null ? (double?)null : await MeasureAsync(writers, time, work => OwnAsync(storage, work, inOrder: false));
                Console.WriteLine($"{name,-12} {writers,7} {together,11:0} {own,11:0} {together / own,6:0.0} {(loose is { } rate ? rate.ToString("0", null) : "-"),26}");
            }
        }

        return 0;
    }

    private static async Task<double> MeasureAsync(int writers, TimeSpan time, Func<string, Task> write)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var total = 0L;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; watch.Elapsed < time; number++)
            {
                await write($"{writer:00}-{run}-{number:000000}");
                Interlocked.Increment(ref total);
            }
        })));
        return total / watch.Elapsed.TotalSeconds;
    }

    // Without order, as if no reader followed the numbers: the server commits side by side, and numbers become visible in any order.
    private static async Task OwnAsync(OpenStorage storage, string name, bool inOrder)
    {
        await using var db = storage.Context();
        var engine = DatabaseEngine.Of(db);
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
        await using var transaction = inOrder ? await engine.BeginWriteAsync(db, CancellationToken.None) : await db.Database.BeginTransactionAsync();
        // The context is pooled and may have served before.
        db.Changed.Clear();
        OpenStorage.Add(db, name);
        await db.SaveChangesAsync();
        if (inOrder)
        {
            await engine.WriteChangesAsync(db, db.Changed, CancellationToken.None);
        }

        await transaction.CommitAsync();
    }
}
