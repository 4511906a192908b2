using Headgate.Protocol.Edge;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>The stock restic against a whole repository.</summary>
public sealed class ResticTests
{
    [Fact]
    public async Task Restic_WhenItDoesAllItDoes_Succeeds()
    {
        await using var repository = await TestRepository.StartAsync();
        await using var relay = new ConnectRelay(repository.Port);
        repository.SetQuota("acme", 1 << 30);
        using var restic = new ResticTool(repository, relay, repository.OpenAccess());
        var source = restic.Fill("source", files: 20, bytes: 500_000);

        await restic.SucceedAsync("init");
        Assert.Contains("snapshot", await restic.SucceedAsync($"backup {source}"), StringComparison.Ordinal);
        File.Delete(Path.Combine(source, "file3"));
        restic.Fill("source", files: 2, bytes: 400_000);
        await restic.SucceedAsync($"backup {source}");
        await restic.SucceedAsync("check --read-data");
        await restic.SucceedAsync($"restore latest --target {restic.Folder("target")}");
        foreach (var file in Directory.EnumerateFiles(source))
        {
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(restic.Folder("target") + file));
        }

        await restic.SucceedAsync("forget --keep-last 1 --prune --max-unused 0");
        await restic.SucceedAsync("check --read-data");
        Assert.Empty(repository.TemporaryFiles());
        Assert.Equal(0, repository.Ledger("acme").Locks);
        Assert.Equal(UsedOnDisk(repository), repository.Ledger("acme").Used);
        Assert.Equal(0, repository.Ledger("acme").Reserved);
    }

    [Fact]
    public async Task Restic_WhenTheQuotaIsFull_IsToldWhyAndRestoresChecksAndPrunes()
    {
        await using var repository = await TestRepository.StartAsync();
        await using var relay = new ConnectRelay(repository.Port);
        repository.SetQuota("acme", 1 << 30);
        using var restic = new ResticTool(repository, relay, repository.OpenAccess());
        var source = restic.Fill("source", files: 20, bytes: 500_000);
        await restic.SucceedAsync("init");
        await restic.SucceedAsync($"backup {source}");
        restic.Fill("source", files: 10, bytes: 500_000);
        await restic.SucceedAsync($"backup {source}");
        var limit = repository.Ledger("acme").Used;
        repository.SetQuota("acme", limit);

        var fresh = restic.Fill("fresh", files: 1, bytes: 2_000_000);
        var (_, output) = await restic.RunAsync($"backup {fresh}", stopAt: "Quota exceeded");
        Assert.Contains("507 Quota exceeded: tenant acme may use", output, StringComparison.Ordinal);
        Assert.Equal(limit, repository.Ledger("acme").Used);

        // It was killed with its lock in place.
        await restic.SucceedAsync("unlock");
        await restic.SucceedAsync("check --read-data");
        await restic.SucceedAsync($"restore latest --target {restic.Folder("target")}");
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(source, "file0")), await File.ReadAllBytesAsync(restic.Folder("target") + Path.Combine(source, "file0")));
        Assert.Equal(limit, repository.Ledger("acme").Used);

        // The first pack is half wanted: prune must write its other half anew before it can delete anything.
        using var stop = new CancellationTokenSource();
        var highest = 0L;
        var watcher = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                highest = Math.Max(highest, repository.Ledger("acme").Used);
            }
        });
        await restic.SucceedAsync("forget --keep-last 1 --prune --max-unused 0");
        await stop.CancelAsync();
        await watcher;
        Assert.True(highest > limit, "prune had to pass the limit, or this test shows nothing");
        Assert.True(repository.Ledger("acme").Used < limit, "prune made room");
        Assert.Equal(UsedOnDisk(repository), repository.Ledger("acme").Used);

        await restic.SucceedAsync("check --read-data");
        await restic.SucceedAsync($"backup {fresh}");
    }

    [Fact]
    public async Task Restic_WhenTheKeyMayOnlyAdd_BacksUpAndRestoresAndForgetsNothing()
    {
        await using var repository = await TestRepository.StartAsync();
        await using var relay = new ConnectRelay(repository.Port);
        repository.SetQuota("acme", 1 << 30);
        using var restic = new ResticTool(repository, relay, repository.OpenAccess("acme", AccessRights.AppendOnly), "site1/host1/");
        var source = restic.Fill("source", files: 3, bytes: 100_000);
        await restic.SucceedAsync("init");
        await restic.SucceedAsync($"backup {source}");
        await restic.SucceedAsync($"backup {source} --force");
        var (_, output) = await restic.RunAsync("forget --keep-last 1", stopAt: "may only add");
        Assert.Contains("403 This run or access key may only add", output, StringComparison.Ordinal);
        await restic.SucceedAsync("unlock");
        Assert.Contains("2 snapshots", await restic.SucceedAsync("snapshots"), StringComparison.Ordinal);
        await restic.SucceedAsync("check");
    }

    [Fact]
    public async Task Restic_WhenTheKeyIsWrongOrThePathHasNoRepository_IsToldInWords()
    {
        await using var repository = await TestRepository.StartAsync();
        await using var relay = new ConnectRelay(repository.Port);
        var access = repository.OpenAccess();
        using var wrong = new ResticTool(repository, relay, access with { Keys = [("key0", "wrong")] });
        Assert.Contains(
            "401 The access key is missing, wrong or revoked", (await wrong.RunAsync("snapshots", stopAt: "401 ")).Output, StringComparison.Ordinal);
        using var right = new ResticTool(repository, relay, access);
        var (code, output) = await right.RunAsync("snapshots");
        Assert.Equal(1, code);
        Assert.Contains("Is there a repository at the following location?", output, StringComparison.Ordinal);
        Assert.Contains("507 Tenant acme has no quota", (await right.RunAsync("init")).Output, StringComparison.Ordinal);
    }

    private static long UsedOnDisk(TestRepository repository) =>
        new DirectoryInfo(Path.Combine(repository.Storage, "tenants")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => Math.Max(4096, file.Length));
}
