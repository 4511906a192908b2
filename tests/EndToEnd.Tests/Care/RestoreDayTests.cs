using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Care;

/// <summary>A tenant's machine is lost. Another, under another name, with nothing but a code and the restic password, finds the backups and restores.</summary>
public sealed class RestoreDayTests
{
    [Fact]
    public async Task Replacement_WhenTheRunLimitIsExhausted_ListsAndRestores()
    {
        await using var world = await World.StartAsync(repositories: 2);
        var tenant = await world.AddTenantAsync("acme", "2GiB", "repo1", "repo2");
        var other = await world.AddTenantAsync("beta");
        var theirs = await other.EnrolAsync("secret-host");
        await theirs.InitAsync();
        var (lost, busy) = (await tenant.EnrolAsync("desk-a"), await tenant.EnrolAsync("busy"));
        await lost.InitAsync();
        await busy.InitAsync("repo2");
        (await lost.HeadgateAsync("init", "--repository", "repo1", "--path", "/branch/till/")).Succeeded();
        var source = await lost.FilesAsync("source", files: 5, bytesEach: 200_000);
        (await lost.RunAsync("nightly", ["backup", source])).Succeeded();
        var sums = await Machine.SumsAsync(source);
        Directory.Delete(Path.Combine(lost.Folder, "headgate"), recursive: true);
        Directory.Delete(source, recursive: true);

        // One run is allowed, and one goes on for longer than all that follows.
        (await world.AdminAsync("tenant", "set", "acme", "--run-limit", "1")).Succeeded();
        var load = await busy.FilesAsync("load", files: 8, bytesEach: 8 << 20, seed: 2);
        await using var running = busy.StartRun("nightly-busy", ["backup", "--limit-upload", "128", load], repository: "repo2");
        await running.UntilSaysAsync("attempt 1", TimeSpan.FromSeconds(60));

        var spare = await tenant.EnrolAsync("new-name", "--read-only");
        var counted = await spare.RunAsync("backup", ["backup", load], ["--retries", "0"]);
        Assert.NotEqual(0, counted.ExitCode);
        Assert.Contains("1 may at once", counted.Error, StringComparison.Ordinal);

        var listed = (await spare.HeadgateAsync("repositories", "--json")).Succeeded();
        var found = JsonDocument.Parse(listed.Output).RootElement.EnumerateArray().ToArray();
        Assert.Equal(["repo1/branch/till/", "repo1/desk-a/", "repo2/busy/"], found.Select(Where));
        Assert.DoesNotContain("secret-host", listed.Output, StringComparison.Ordinal);
        var desk = found.Single(repository => Where(repository) == "repo1/desk-a/");
        Assert.Equal("desk-a", desk.GetProperty("host").GetString());
        Assert.Equal(1, desk.GetProperty("snapshots").GetInt32());
        Assert.InRange(desk.GetProperty("lastStored").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(0, found.Single(repository => Where(repository) == "repo1/branch/till/").GetProperty("snapshots").GetInt32());

        // The command that is printed, word for word.
        var lines = (await spare.HeadgateAsync("repositories", "--repository", "repo1")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var target = Path.Combine(spare.Folder, "restored");
        var command = lines.Single(line => line.Contains("/desk-a/", StringComparison.Ordinal)).Split('\t')[^1];
        Assert.Equal(command, desk.GetProperty("restore").GetString());
        var words = command.Replace("DIR", target, StringComparison.Ordinal).Split(' ');
        Assert.Equal("headgate", words[0]);
        (await spare.HeadgateAsync(words[1..])).Succeeded();
        Assert.Equal(sums, await Machine.SumsAsync(target + source));
        (await spare.RunAsync("look", ["snapshots"], ["--path", "/desk-a/"])).Succeeded();

        Assert.False(running.HasEnded, running.Said);
        running.Interrupt();
        await running.EndAsync();
    }

    [Fact]
    public async Task List_ThroughAnAccessKey_IsTheSameAndNobodyElses()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var other = await world.AddTenantAsync("beta");
        var key = await other.AccessKeyAsync();
        var name = key.GetProperty("accessName").GetString()!;
        await Tool.UntilAsync(
            async () => (await CurlAsync(world, name, key)).Output.Contains("200", StringComparison.Ordinal), "the access key to be believed", () => world.Logs);
        Assert.StartsWith("{\"repositories\":[]}", (await CurlAsync(world, name, key)).Output, StringComparison.Ordinal);
        var mine = await tenant.AccessKeyAsync();
        await Tool.UntilAsync(
            async () => (await CurlAsync(world, mine.GetProperty("accessName").GetString()!, mine)).Output.Contains("\"/desk/\"", StringComparison.Ordinal), "the tenant's own list", () => world.Logs);
    }

    private static async Task<Finished> CurlAsync(World world, string name, JsonElement key)
    {
        var authority = await world.AuthorityFileAsync();
        return await Tool.RunAsync("curl",
        [
            "-sS", "--cacert", authority, "--resolve", $"{name}:{World.PublicPort}:{world.AddressOf("gtw1")}", "-w", " %{http_code}",
            "-u", $"{key.GetProperty("key").GetString()}:{key.GetProperty("secret").GetString()}", $"https://{name}:{World.PublicPort}/",
        ]);
    }

    private static string Where(JsonElement repository) => repository.GetProperty("repository").GetString() + repository.GetProperty("path").GetString();
}
