using Headgate.Silo.Storage;

namespace Headgate.Silo.Tests.Storage;

public sealed class EdgeLogTests
{
    [Fact]
    public async Task WaitAsync_WhenARowIsCommitted_Returns()
    {
        await using var database = await Database.OpenAsync();
        Assert.Equal((0, 0), await database.Log.RangeAsync(default));
        var waiting = database.Log.WaitAsync(0, default);
        Assert.False(waiting.IsCompleted);
        await AppendAsync(database, "gateways", new ManualClock().GetUtcNow());
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        var row = Assert.Single(await database.Log.ReadAsync(0, 10, default));
        Assert.Equal(("gateways", "test", "{}"), (row.Audience, row.Kind, row.Payload));
        Assert.Empty(await database.Log.ReadAsync(row.Sequence, 10, default));
    }

    [Fact]
    public async Task PurgeAsync_WhenAllAreOld_KeepsTheNewestAndNeverReusesNumbers()
    {
        var time = new ManualClock();
        await using var database = await Database.OpenAsync(time);
        for (var number = 0; number < 5; number++)
        {
            await AppendAsync(database, "gateways", time.GetUtcNow());
        }
        Assert.Equal(0, await database.Log.PurgeAsync(time.GetUtcNow(), default));
        Assert.Equal(4, await database.Log.PurgeAsync(time.GetUtcNow().AddSeconds(1), default));
        Assert.Equal((5, 5), await database.Log.RangeAsync(default));
        await AppendAsync(database, "gateways", time.GetUtcNow());
        Assert.Equal((5, 6), await database.Log.RangeAsync(default));
    }

    private static Task AppendAsync(Database database, string audience, DateTimeOffset at) => database.Writer.WriteAsync(
        (db, _) =>
        {
            EdgeLog.Append(db, new EdgeMessage(audience, "test", "{}"), at);
            return Task.CompletedTask;
        },
        CancellationToken.None);
}
