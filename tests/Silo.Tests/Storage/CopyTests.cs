using Headgate.Grains;
using Headgate.Server.Commands;
using Headgate.Server.Databases;
using Headgate.Server.Hosting;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Copying;
using Headgate.Silo.Storage.Engines;
using Headgate.Silo.Tests.Grains;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Storage;

/// <summary>A silo's tables move from one kind of database to the other and back.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new(SqliteConnection.ClearAllPools);
    private string _server = "";

    public async ValueTask InitializeAsync() => _server = await TestDatabases.NewOnServerAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        TestDatabases.Drop(_server);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Copy_ThereAndBack_KeepsEveryRowAndGoesOnWithTheNumbers()
    {
        var before = await FillAsync(_folder.Path);
        var there = await DatabaseCopier.CopyAsync(At(_folder.Path), At(_folder.Path, _server), default);

        Assert.All(new[] { "tenant", "quota", "access_key", "run", "route", "edge_log", "audit", "change", "certificate" }, table =>
            Assert.True(there.Single(copied => copied.Table == table).Rows > 0, $"The test has no row in {table}."));
        Directory.CreateDirectory(_folder["back"]);
        Assert.Equal(there, await DatabaseCopier.CopyAsync(At(_folder.Path, _server), At(_folder["back"]), default));

        await using (var silo = await SiloWorld.StartAsync(new TemporaryFolder(), _server))
        {
            Assert.Equivalent(before.Tenant, await silo.Tenant("acme").GetAsync(default), strict: true);
            Assert.Equivalent(before.Job, await silo.Job("acme", "nightly").GetAsync(default), strict: true);
            // The newest event was purged before the copy; its number is not given again.
            await silo.Tenant("acme").ChangeAsync(new ChangeTenant(null, TenantStatus.Disabled, null, null, null, null), default);
            Assert.True(await silo.NewestAsync() > before.Newest);
        }

        await using var back = await Database.OpenAsync(_folder["back"], null);
        await back.Writer.WriteAsync((db, _) => { db.EdgeLog.Add(new() { Audience = "nobody", Kind = "k", Payload = "p", At = default }); return Task.CompletedTask; }, default);
        Assert.Equal(before.Newest + 1, (await back.Log.RangeAsync(default)).Newest);
    }

    [Fact]
    public async Task Copy_OntoRows_IsRefusedAndLeavesThemAlone()
    {
        await FillAsync(_folder.Path);
        await using (var target = await Database.OpenAsync(_folder["other"], _server))
        {
            await target.Writer.WriteAsync((db, _) => { db.Secrets.Add(new() { Name = "mine", Ciphertext = [1] }); return Task.CompletedTask; }, default);
        }

        var refused = await Assert.ThrowsAsync<DatabaseCopyException>(() => DatabaseCopier.CopyAsync(At(_folder.Path), At(_folder.Path, _server), default));
        Assert.Contains("not empty: its table silo_secret", refused.Message, StringComparison.Ordinal);
        await using var db = DatabaseCopier.Open(At(_folder.Path, _server));
        Assert.Equal("mine", (await db.Secrets.SingleAsync()).Name);
        Assert.False(await db.Tenants.AnyAsync());
    }

    [Fact]
    public async Task Copy_OfWhatIsNotThere_SaysSo()
    {
        var missing = await Assert.ThrowsAsync<DatabaseCopyException>(() => DatabaseCopier.CopyAsync(At(_folder["nowhere"]), At(_folder.Path, _server), default));
        Assert.Contains("is missing", missing.Message, StringComparison.Ordinal);
        var empty = await Assert.ThrowsAsync<DatabaseCopyException>(() => DatabaseCopier.CopyAsync(At(_folder.Path, _server), At(_folder.Path), default));
        Assert.Contains("holds no tables", empty.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<DatabaseCopyException>(() => DatabaseCopier.CopyAsync(At(_folder.Path, _server + "x"), At(_folder.Path), default));
        Assert.Contains("Create it first", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DbCopy_OnTheCommandLine_MovesTheDataDirectoryAndRefusesWhileAServerRuns()
    {
        await FillAsync(_folder.Path);
        using (DataLock.Take(_folder.Path))
        {
            Assert.Contains("Another headgate-server runs", (await RunAsync(1, "db", "copy", "--data", _folder.Path, "--to", _server)).Said, StringComparison.Ordinal);
        }

        Assert.Contains("does not belong", (await RunAsync(1, "db", "copy", "--data", _folder.Path, "--to", "postgresql://u:hunter2@db1/x")).Said, StringComparison.Ordinal);
        var said = (await RunAsync(0, "db", "copy", "--data", _folder.Path, "--to", _server)).Said;

        Assert.Contains("by count and SHA-256", said, StringComparison.Ordinal);
        Assert.Equal(new DatabaseChoice(_server, null), DatabaseChoice.Of(null, null, _folder.Path));
        // It is there now, so a second copy has nowhere to go.
        Assert.Contains("onto itself", (await RunAsync(1, "db", "copy", "--data", _folder.Path, "--to", _server)).Said, StringComparison.Ordinal);
        Assert.Contains("not empty", (await RunAsync(1, "db", "copy", "--data", _folder.Path, "--to", "sqlite")).Said, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL 1", (await RunAsync(1, "doctor", "--data", _folder.Path)).Said, StringComparison.Ordinal);
    }

    private static DatabaseLocation At(string folder, string? text = null)
    {
        Assert.True(DatabaseLocation.TryParse(text, folder, out var location, out var error), error);
        return location;
    }

    private static async Task<(int Code, string Said)> RunAsync(int expected, params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await ServerCommand.RunAsync(arguments, output, output);
        Assert.True(code == expected, $"{code}: {output}");
        return (code, output.ToString());
    }

    // On SQLite in the folder, whatever the tests run on.
    private static async Task<(TenantInfo Tenant, JobInfo Job, long Newest)> FillAsync(string folder)
    {
        await using var silo = await SiloWorld.StartAsync(new TemporaryFolder(SqliteConnection.ClearAllPools), null);
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        await silo.Tenant("acme").ChangeAsync(new ChangeTenant("Ä 株式 'quoted' \\ 😀", null, null, new DateTimeOffset(9998, 12, 31, 23, 59, 59, TimeSpan.Zero), null, null), default);
        await silo.Tenant("acme").CreateAccessKeyAsync("rep1", "nas", AccessLevel.ReadOnly, default);
        await silo.Job("acme", "nightly").OpenRunAsync(SiloWorld.Open("laptop"), default);
        await silo.Services.GetRequiredService<ISiloWriter>().WriteAsync(
            async (db, token) =>
            {
                // Binary keys sort by their bytes at both ends.
                db.EnrolmentCodes.Add(new() { SecretSha256 = [0xff, 0], Subject = "a", Created = default, Expires = default });
                db.EnrolmentCodes.Add(new() { SecretSha256 = [0x00, 0xff], Subject = "b", Created = default, Expires = default });
                db.EdgeLog.Add(new() { Audience = "nobody", Kind = "last", Payload = "{}", At = default });
                await db.SaveChangesAsync(token);
            },
            default);
        var newest = await silo.NewestAsync();
        await using (var db = silo.Read())
        {
            await db.EdgeLog.Where(row => row.Sequence == newest).ExecuteDeleteAsync();
        }

        var filled = (await silo.Tenant("acme").GetAsync(default), await silo.Job("acme", "nightly").GetAsync(default), newest);
        await using (var db = silo.Read())
        {
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {Path.Combine(folder, "headgate.db")}");
        }

        return filled;
    }
}
