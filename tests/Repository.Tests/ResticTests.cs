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

    private static long UsedOnDisk(TestRepository repository) =>
        new DirectoryInfo(Path.Combine(repository.Storage, "tenants")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => Math.Max(4096, file.Length));
}
