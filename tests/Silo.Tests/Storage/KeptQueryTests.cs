using System.Data.Common;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Storage;

public sealed class KeptQueryTests
{
    [Fact]
    public async Task FirstOrDefault_WhenAskedOften_SaysWhatIsThereNowOverOneConnection()
    {
        await using var database = await Database.OpenAsync();
        var contexts = new CountingContexts(database);
        using var names = Names(contexts);
        Assert.Null(await names.FirstOrDefaultAsync(["acme"], default));
        await AddAsync(database, "acme", "Acme");
        await AddAsync(database, "zeta", "Zeta");
        Assert.Equal("Acme", await names.FirstOrDefaultAsync(["acme"], default));
        Assert.Equal("Zeta", await names.FirstOrDefaultAsync(["zeta"], default));
        await database.Writer.WriteAsync(async (db, token) => (await db.Tenants.SingleAsync(row => row.Id == "acme", token)).DisplayName = "Acme Ltd.", default);
        Assert.Equal("Acme Ltd.", await names.FirstOrDefaultAsync(["acme"], default));
        Assert.Equal(1, contexts.Count);
    }

    [Fact]
    public async Task FirstOrDefault_WhenManyAskAtOnce_AnswersEachWhatItAsked()
    {
        await using var database = await Database.OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            await AddAsync(database, $"t{i}", $"Tenant {i}");
        }
        using var names = Names(new CountingContexts(database));
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
            Assert.Equal($"Tenant {i % 20}", await names.FirstOrDefaultAsync([$"t{i % 20}"], token)));
    }

    [Fact]
    public async Task FirstOrDefault_WhenTheDatabaseFailed_AsksOverANewConnection()
    {
        await using var database = await Database.OpenAsync();
        await AddAsync(database, "acme", "Acme");
        var contexts = new CountingContexts(database);
        using var names = Names(contexts);
        Assert.Equal("Acme", await names.FirstOrDefaultAsync(["acme"], default));
        await using var db = database.Read();
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE tenant RENAME TO tenant_gone");
        await Assert.ThrowsAnyAsync<DbException>(() => names.FirstOrDefaultAsync(["acme"], default));
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE tenant_gone RENAME TO tenant");
        Assert.Equal("Acme", await names.FirstOrDefaultAsync(["acme"], default));
        // The kept one, the one that failed too, and the one since.
        Assert.Equal(3, contexts.Count);
    }

    [Fact]
    public async Task FirstOrDefault_WhenTheServerEndedTheConnection_AnswersAllTheSame()
    {
        using var folder = new TemporaryFolder();
        await using var database = await Database.OpenAsync(folder.Path, await TestDatabases.NewOnServerAsync());
        await AddAsync(database, "acme", "Acme");
        using var names = Names(new CountingContexts(database));
        Assert.Equal("Acme", await names.FirstOrDefaultAsync(["acme"], default));
        await using (var db = database.Read())
        {
            await db.Database.ExecuteSqlRawAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }
        Assert.Equal("Acme", await names.FirstOrDefaultAsync(["acme"], default));
    }

    private static KeptQuery<string> Names(CountingContexts contexts) => new(
        contexts,
        db =>
        {
            var id = "";
            return db.Tenants.Where(row => row.Id == id).Select(row => row.DisplayName);
        },
        ["id"],
        row => row.GetString(0));

    private static Task AddAsync(Database database, string id, string name) =>
        database.Writer.WriteAsync((db, _) => { db.Tenants.Add(new TenantRow { Id = id, DisplayName = name }); return Task.CompletedTask; }, default);

    private sealed class CountingContexts(Database database) : IDbContextFactory<SiloDbContext>
    {
        private int _count;

        public int Count => _count;

        public SiloDbContext CreateDbContext()
        {
            Interlocked.Increment(ref _count);
            return database.Read();
        }
    }
}
