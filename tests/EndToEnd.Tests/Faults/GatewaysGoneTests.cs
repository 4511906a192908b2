namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>No gateway is left.</summary>
public sealed class GatewaysGoneTests
{
    [Fact]
    public async Task Backup_WhenBothGatewaysAreGone_FailsItsAttemptNamingEachAndSucceedsByANewListWhenOneIsBack()
    {
        const int Bytes = 24 << 20;
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 6, bytesEach: Bytes / 6);
        var carrier = await Carrier.WatchAsync(world);
        await using var run = desk.StartRun("nightly", ["backup", "--limit-upload", "3072", source], ["--kind", "backup", "--retries", "60"]);
        await carrier.PastAsync(Bytes / 4, run);
        foreach (var gateway in world.GatewayNames)
        {
            await world[gateway].KillAsync();
        }

        // restic gives up an upload after ten tries, and then tries to take back its lock: the attempt has failed, though its end is ten more tries away.
        await run.UntilSaysAsync("Remove(<lock/", TimeSpan.FromMinutes(3));

        // One that no list named before, and that the connector cannot know before one of the others is back: the retry's list is a new one.
        await world.AddGatewayAsync("gtw3");
        await world["gtw2"].StartAsync();
        var finished = (await run.EndAsync()).Succeeded();
        var lists = finished.Error.Split('\n').Where(line => line.Contains(", attempt ", StringComparison.Ordinal)).ToArray();
        Assert.True(lists is [var first, var second] && !Words.Has(first, "gtw3") && Words.Has(second, "gtw3"), finished.Error);

        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(recorded));
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(recorded));
        var attempts = Jobs.AttemptsOf(recorded);
        Assert.Equal(2, attempts.Length);
        var sentence = Jobs.ReasonOf(attempts[0]);
        foreach (var gateway in new[] { "gtw1", "gtw2" })
        {
            Assert.Contains(gateway, sentence, StringComparison.Ordinal);
        }

        Assert.Contains("refused", sentence, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(sentence!, run.Said, StringComparison.Ordinal);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    [Fact]
    public async Task Run_WhenNoGatewayAnswers_EndsWithASentenceThatNamesEachAddressAndWhy()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await world["gtw1"].KillAsync();
        world["gtw2"].Freeze();
        var finished = await desk.RunAsync("nightly", ["snapshots"], ["--retries", "0"]);
        world["gtw2"].Thaw();

        Assert.Equal(69, finished.ExitCode);
        var sentence = Assert.Single(finished.Error.Split('\n'), line => line.Contains("No gateway answers", StringComparison.Ordinal));
        Assert.Matches($@"{world.AddressOf("gtw1")}:6180[^;]*refused", sentence);
        Assert.Contains($"{world.AddressOf("gtw2")}:6180", sentence, StringComparison.Ordinal);
    }
}
