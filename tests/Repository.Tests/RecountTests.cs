using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests;

/// <summary>Counting anew while everything goes on.</summary>
public sealed class RecountTests
{
    [Fact]
    public async Task Recount_WhileUploadsAndDeletionsGoOn_IsExactEachTime()
    {
        await using var repository = await StartAsync(4L << 30);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 6).Select(seed => Task.Run(async () =>
        {
            using var client = repository.RouteClient(maxConnections: 1);
            var random = new Random(seed);
            var stored = new List<string>();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                // Now and then into a restic repository that was not there when the count began.
                var path = i % 20 == 19 ? $"new{seed}-{i}" : "host1";
                if (path != "host1")
                {
                    Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path + "/?create=true", null)).StatusCode);
                }

                if (stored.Count > 4 && random.Next(2) == 0)
                {
                    var name = stored[random.Next(stored.Count)];
                    stored.Remove(name);
                    Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync(name)).StatusCode);
                }
                else
                {
                    var blob = Blob.Random(random.Next(1, 20_000));
                    var name = $"{path}/{(random.Next(4) == 0 ? "index" : random.Next(4) == 0 ? "locks" : "data")}/{blob.Name}";
                    Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(name, blob.Body)).StatusCode);
                    stored.Add(name);
                }
            }
        })).ToArray();

        const int Counts = 25;
        for (var i = 1; i <= Counts; i++)
        {
            repository.Apply(EdgeEventKinds.RecountWanted, new RecountWanted(i % 2 == 0 ? null : "acme"));
            await Wait.ForAsync(() => Said(repository).Length >= i || writers.Any(writer => writer.IsCompleted), "it is counted");
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.All(Said(repository), line => Assert.Contains("was off by 0", line, StringComparison.Ordinal));
        Assert.Equal(Counts, Said(repository).Length);
        var (bytes, locks) = OnDisk(repository);
        Assert.Equal((bytes, locks), (repository.Ledger("acme").Used, repository.Ledger("acme").Locks));
        await Wait.ForAsync(() => repository.Leases.Used("acme") == bytes, "it is told");
        Assert.True(repository.Ledger("acme").Used > 0);
    }

    [Fact]
    public async Task Recount_WhenSomebodyWasOnTheDisk_TakesWhatIsThereAndTellsIt()
    {
        await using var repository = await StartAsync(1L << 30);
        using var client = repository.RouteClient();
        var blobs = Enumerable.Range(0, 5).Select(i => Blob.Random(10_000 * (i + 1))).ToArray();
        foreach (var blob in blobs)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        }

        File.Delete(FileOf(repository, blobs[4].Name));
        var added = Blob.Random(1);
        Directory.CreateDirectory(Path.GetDirectoryName(FileOf(repository, added.Name))!);
        await File.WriteAllBytesAsync(FileOf(repository, added.Name), added.Content);
        await File.WriteAllBytesAsync(Path.Combine(repository.Storage, "tenants", "acme", "host1", "config"), new byte[5000]);
        repository.Apply(EdgeEventKinds.RecountWanted, new RecountWanted("acme"));

        await Wait.ForAsync(() => repository.Leases.Used("acme") == 100_000 + 4096 + 5000, $"it is told, seen {repository.Ledger("acme")}");
        Assert.Contains(Said(repository), line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("off by -40904", StringComparison.Ordinal));
        Assert.Equal(100_000 + 4096 + 5000, repository.Ledger("acme").Used);
    }

    [Fact]
    public async Task Recount_WhenTheTenantIsNotKnown_CountsNothing()
    {
        await using var repository = await StartAsync(1L << 30);
        repository.Apply(EdgeEventKinds.RecountWanted, new RecountWanted("nobody"));
        await Wait.ForAsync(() => Said(repository).Length == 1, "it is counted");
        Assert.Contains("0 objects cost 0 bytes", Said(repository)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quota_WhenItIsRemoved_RefusesUploadsAndKeepsTheRest()
    {
        await using var repository = await StartAsync(1L << 30);
        using var client = repository.RouteClient();
        var (blob, late) = (Blob.Random(1000), Blob.Random(1000));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        repository.Leases.Limits.TryRemove("acme", out _);
        repository.Apply(EdgeEventKinds.QuotaRemoved, new NameReference("acme"));
        using var refused = await client.PostAsync("host1/data/" + late.Name, late.Body);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("has no quota", refused.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(blob.Content, await client.GetByteArrayAsync("host1/data/" + blob.Name));
        await Wait.ForAsync(() => repository.Ledger("acme").Ceiling == 0, "the silo's answer ends the lease");
    }

    private static string[] Said(TestRepository repository) =>
        [.. repository.Log.All.Where(line => line.Contains(" again: ", StringComparison.Ordinal))];

    private static string FileOf(TestRepository repository, string name) =>
        Path.Combine(repository.Storage, "tenants", "acme", "host1", "data", name[..2], name);

    private static (long Bytes, int Locks) OnDisk(TestRepository repository)
    {
        var files = new DirectoryInfo(Path.Combine(repository.Storage, "tenants", "acme")).GetFiles("*", SearchOption.AllDirectories);
        var locks = files.Count(file => file.Directory!.Name == "locks");
        return (files.Where(file => file.Directory!.Name != "locks").Sum(file => QuotaUse.CostOf(file.Length)), locks);
    }

    private static async Task<TestRepository> StartAsync(long quota)
    {
        var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", quota);
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        return repository;
    }
}
