using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Storage;

public sealed class GroupWriterTests
{
    [Fact]
    public async Task WriteAsync_WhenOneOfManyFails_WritesTheOthers()
    {
        await using var database = await Database.OpenAsync();
        await AddAsync(database, "taken");
        var names = Enumerable.Range(0, 300).Select(number => number % 10 == 3 ? "taken" : $"name-{number}").ToArray();

        var writes = names.Select(name => (name, task: AddAsync(database, name))).ToArray();
        await Task.WhenAll(writes.Where(write => write.name != "taken").Select(write => write.task));

        foreach (var (_, task) in writes.Where(write => write.name == "taken"))
        {
            var refused = await Assert.ThrowsAsync<UniqueConstraintException>(() => task);
            Assert.Equal("silo_secret.name", refused.Constraint);
        }
        await using var db = database.Read();
        Assert.Equal(names.Distinct().Order(StringComparer.Ordinal), (await db.Secrets.Select(row => row.Name).ToListAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WriteAsync_WhenWorkThrows_LeavesNothingOfIt()
    {
        await using var database = await Database.OpenAsync();
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => database.Writer.WriteAsync(
            async (db, token) =>
            {
                db.Secrets.Add(new() { Name = "half", Ciphertext = [] });
                await db.SaveChangesAsync(token);
                throw new InvalidOperationException("on purpose");
            },
            default));
        Assert.Equal("on purpose", thrown.Message);
        await using var db = database.Read();
        Assert.Empty(await db.Secrets.ToListAsync());
    }

    [Fact]
    public async Task WriteAsync_WhenAnotherProcessWrites_BothAreKept()
    {
        await using var one = await Database.OpenAsync();
        await using var two = await one.BesideAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => AddAsync(number % 2 == 0 ? one : two, $"n{number}")));
        await using var db = one.Read();
        Assert.Equal(100, await db.Secrets.CountAsync());
    }

    [Fact]
    public async Task DisposeAsync_WhenWritesWait_WritesThemFirst()
    {
        await using var database = await Database.OpenAsync();
        await using var second = await database.BesideAsync();
        var writes = Enumerable.Range(0, 200).Select(number => AddAsync(second, $"n{number}")).ToArray();
        await ((IAsyncDisposable)second.Writer).DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AddAsync(second, "late"));
        await using var db = database.Read();
        Assert.Equal(200, await db.Secrets.CountAsync());
    }

    private static Task AddAsync(Database database, string name) => database.Writer.WriteAsync(
        (db, _) =>
        {
            db.Secrets.Add(new() { Name = name, Ciphertext = [1, 2, 3] });
            return Task.CompletedTask;
        },
        CancellationToken.None);
}
