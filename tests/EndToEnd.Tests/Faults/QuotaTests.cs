using System.Net;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>Quotas with real tools: what is full stays readable, checkable and prunable, and nothing ever goes past the limit.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task Full_WhenBackupRestoreCheckAndPruneCome_OnlyTheBackupFailsAndAfterPruneItWorksAgain()
    {
        const long Limit = 40L << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme", $"{Limit}");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var older = await desk.FilesAsync("older", files: 3, bytesEach: 4 << 20, seed: 1);
        (await desk.RunAsync("nightly", ["backup", older])).Succeeded();
        var newer = await desk.FilesAsync("newer", files: 3, bytesEach: 4 << 20, seed: 2);
        (await desk.RunAsync("nightly", ["backup", newer])).Succeeded();

        // Over quota: the sentence comes twice, from restic and in the connector's summary; no second attempt.
        var tooMuch = await desk.FilesAsync("too-much", files: 12, bytesEach: 4 << 20, seed: 3);
        var refused = await desk.RunAsync("nightly", ["backup", tooMuch]);
        Assert.NotEqual(0, refused.ExitCode);
        AssertSaid(refused, line => line.StartsWith("Save(", StringComparison.Ordinal) && line.Contains("507 Quota exceeded: tenant acme may use 40", StringComparison.Ordinal));
        AssertSaid(refused, line => line.Contains("of job nightly failed", StringComparison.Ordinal) && line.Contains("Quota exceeded: tenant acme", StringComparison.Ordinal));
        var run = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("FAILED", Jobs.StatusOf(run));
        Assert.Single(Jobs.AttemptsOf(run));
        Assert.Contains("Quota exceeded", Jobs.ReasonOf(run), StringComparison.Ordinal);
        Assert.InRange(await Storage.UsedIsTheRecountAsync(world, tenant), 24L << 20, Limit);

        // To the last byte.
        var used = Storage.CostOf(world, tenant);
        (await world.AdminAsync("quota", "set", "acme", "repo1", $"{used}")).Succeeded();
        var key = await tenant.AccessKeyAsync();
        using var client = new ObjectClient(key, await world.AuthorityFileAsync(), world.EndPointOf("gtw1"), "/desk/");
        await Tool.UntilAsync(() => IsFullAsync(client), "the new limit to be in force", () => world.Logs);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync([1, 2, 3], "locks")).Status);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync(ObjectClient.NameOf([1, 2, 3]), "locks")).Status);

        var target = Path.Combine(desk.Folder, "restored");
        (await desk.RunAsync("restore", ["restore", "latest", "--target", target])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(newer), await Machine.SumsAsync(target + newer));
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        (await desk.RunAsync("forget", ["forget", "--prune", "--keep-last", "1", "--group-by", "host"])).Succeeded();
        Assert.True(await Storage.UsedIsTheRecountAsync(world, tenant) < used - (10L << 20));
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        var fresh = await desk.FilesAsync("fresh", files: 1, bytesEach: 4 << 20, seed: 4);
        (await desk.RunAsync("nightly", ["backup", fresh])).Succeeded();
        Assert.True(Storage.CostOf(world, tenant) <= used);
    }

    [Fact]
    public async Task Backups_WhenTwoRaceForASmallQuota_NeverPassIt()
    {
        const long Limit = 30L << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme", $"{Limit}");
        var machines = new[] { await tenant.EnrolAsync("one"), await tenant.EnrolAsync("two") };
        foreach (var machine in machines)
        {
            await machine.InitAsync();
        }

        var sources = new List<string>();
        foreach (var machine in machines)
        {
            sources.Add(await machine.FilesAsync("source", files: 6, bytesEach: 4 << 20, seed: machine.HostName.Length + machine.HostName[0]));
        }

        var runs = machines.Select((machine, i) => machine.StartRun($"race-{i}", ["backup", "--pack-size", "4", sources[i]])).ToArray();
        try
        {
            var most = 0L;
            await Tool.UntilAsync(
                () =>
                {
                    most = Math.Max(most, Storage.CostOf(world, tenant));
                    return runs.All(run => run.HasEnded);
                },
                "both backups to end",
                () => string.Join('\n', runs.Select(run => run.Said)) + world.Logs,
                TimeSpan.FromMinutes(3));
            var ended = new List<Finished>();
            foreach (var run in runs)
            {
                ended.Add(await run.EndAsync());
            }

            Assert.InRange(most, 12L << 20, Limit);
            Assert.InRange(await Storage.UsedIsTheRecountAsync(world, tenant), 12L << 20, Limit);
            Assert.Contains(ended, finished => finished.ExitCode != 0);
            Assert.All(ended.Where(finished => finished.ExitCode != 0), finished => Assert.Contains("Quota exceeded", finished.Error, StringComparison.Ordinal));

            // What the refused one broke off goes when the repository notices.
            await Tool.UntilAsync(
                () => Storage.Temporary(world).Length == 0, "uploads that were broken off to be gone", () => world.Logs, TimeSpan.FromMinutes(1));
        }
        finally
        {
            foreach (var run in runs)
            {
                await run.DisposeAsync();
            }
        }
    }

    private static void AssertSaid(Finished finished, Predicate<string> match) =>
        Assert.True(finished.Error.Split('\n').Any(line => match(line)), $"exit code {finished.ExitCode}\n{finished.Output}\n{finished.Error}");

    /// <summary>Whether not even the smallest object fits; one that did is taken out again.</summary>
    private static async Task<bool> IsFullAsync(ObjectClient client)
    {
        var smallest = Guid.NewGuid().ToByteArray();
        var answer = await client.PostAsync(smallest);
        if (answer.Status == HttpStatusCode.OK)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync(ObjectClient.NameOf(smallest))).Status);
            return false;
        }

        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.Status);
        Assert.StartsWith("Quota exceeded", answer.Reason, StringComparison.Ordinal);
        return true;
    }
}
