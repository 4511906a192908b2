using System.Collections.Concurrent;
using System.Net;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>A repository that dies or restarts while it is written to.</summary>
public sealed class RepositoryKillTests
{
    [Fact]
    public async Task Post_WhenTheRepositoryIsKilled_EveryAcknowledgedObjectIsThereAndTheUseIsTheRecount()
    {
        const int Writers = 8;
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme", "10GiB");
        var key = await tenant.AccessKeyAsync();
        var authority = await world.AuthorityFileAsync();
        var acknowledged = new ConcurrentDictionary<string, int>();
        var sent = new ConcurrentDictionary<string, int>();
        using (var client = new ObjectClient(key, authority, world.EndPointOf("gtw1"), "/objects/"))
        {
            await client.CreateAsync();
        }

        for (var round = 0; round < 4; round++)
        {
            var enough = acknowledged.Count + 150;
            using var client = new ObjectClient(key, authority, world.EndPointOf("gtw1"), "/objects/", Writers);
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteUntilItBreaksAsync(client, (round * Writers) + writer, acknowledged, sent)).ToArray();
            await Tool.UntilAsync(() => acknowledged.Count >= enough, "150 objects to be acknowledged", () => world.Logs, TimeSpan.FromMinutes(1));
            await world["repo1"].KillAsync();
            await Task.WhenAll(writers);
            await world["repo1"].StartAsync();
            Assert.Empty(Storage.Temporary(world));
        }

        // Through a fresh client, because the gateway may have remembered the dead one.
        using var reader = new ObjectClient(key, authority, world.EndPointOf("gtw1"), "/objects/");
        foreach (var (name, length) in sent)
        {
            var answer = await reader.GetAsync(name);
            if (acknowledged.ContainsKey(name) || answer.Status != HttpStatusCode.NotFound)
            {
                Assert.Equal(HttpStatusCode.OK, answer.Status);
                Assert.Equal(length, answer.Body.Length);
                Assert.Equal(name, ObjectClient.NameOf(answer.Body));
            }
        }

        Assert.True(await Storage.UsedIsTheRecountAsync(world, tenant) >= acknowledged.Sum(one => Math.Max(one.Value, 4096L)));
    }

    [Fact]
    public async Task Backup_WhenTheRepositoryIsRestartedGracefully_GoesOnAndLosesNothing()
    {
        const int Bytes = 32 << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: Bytes / 8);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "6144", source], ["--kind", "backup"]);
        await carrier.PastAsync(Bytes / 4, run);
        Assert.Equal(0, await world["repo1"].StopAsync());
        await world["repo1"].StartAsync();
        (await run.EndAsync()).Succeeded();

        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(recorded));
        Assert.Single(Jobs.AttemptsOf(recorded));
        var check = (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        Assert.Contains("no errors were found", check.Output, StringComparison.Ordinal);
        Assert.Empty(Storage.Temporary(world));
        await Storage.UsedIsTheRecountAsync(world, tenant);
    }

    private static async Task WriteUntilItBreaksAsync(
        ObjectClient client, int seed, ConcurrentDictionary<string, int> acknowledged, ConcurrentDictionary<string, int> sent)
    {
        var random = new Random(seed);
        try
        {
            while (true)
            {
                // Many small ones, so that kills fall between flush, rename and answer; some large, so that they fall into bodies.
                var bytes = new byte[random.Next(4) == 0 ? random.Next(1, 2 << 20) : random.Next(1, 32 << 10)];
                random.NextBytes(bytes);
                sent[ObjectClient.NameOf(bytes)] = bytes.Length;
                var answer = await client.PostAsync(bytes);
                Assert.Equal(HttpStatusCode.OK, answer.Status);
                acknowledged[ObjectClient.NameOf(bytes)] = bytes.Length;
            }
        }
        catch (HttpRequestException)
        {
            // The repository was killed.
        }
    }
}
