using System.Globalization;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>
/// A machine's line is dead for a while, and nothing answers on it. <c>bench/failover/run gap</c> makes that while long: it sets
/// <c>HEADGATE_GAP_MINUTES</c>.
/// </summary>
public sealed class LongGapTests
{
    private const int FileBytes = 128 << 10;
    private const int FirstFiles = 512;
    private const int MoreFiles = 512;

    [Fact]
    public async Task Copy_WhenItsLineIsDeadAndAnotherMachineWantsToPrune_GoesOnAndNothingIsLost()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        var length = double.TryParse(Environment.GetEnvironmentVariable("HEADGATE_GAP_MINUTES"), CultureInfo.InvariantCulture, out var minutes)
            ? TimeSpan.FromMinutes(minutes)
            : TimeSpan.FromSeconds(10);
        await using var world = await World.StartRoutedAsync(gateways: 3, "desk", "laptop");
        var tenant = await world.AddTenantAsync("acme");
        var (desk, laptop) = (await tenant.EnrolAsync("desk"), await tenant.EnrolAsync("laptop"));
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", FirstFiles, FileBytes);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        // Every other file goes, so that a prune has packs to write anew; others come, so that the next backup has something to carry.
        foreach (var file in Directory.GetFiles(source).Order(StringComparer.Ordinal).Where((_, i) => i % 2 == 0))
        {
            File.Delete(file);
        }

        await desk.FilesAsync("source/more", MoreFiles, FileBytes, seed: 2);
        await using (var run = desk.StartRun("nightly", ["backup", "--limit-upload", "8192", source], CopyRun.Once))
        {
            var before = world.Routed!.Sent()["desk"];
            await Tool.UntilAsync(() => world.Routed!.Sent()["desk"] - before > MoreFiles * FileBytes / 4, "the backup to be under way", () => run.Said);
            await world.Routed!.CutAsync("desk");
            var over = Task.Delay(length);
            var refused = await laptop.RunAsync("tidy", ["forget", "--keep-last", "1", "--prune"], ["--retries", "0", "--path", "/desk/"]);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("already locked", refused.Error, StringComparison.Ordinal);
            await over;
            Assert.False(run.HasEnded, run.Said);
            await world.Routed!.JoinAsync("desk");
            var recorded = await CopyRun.UnnoticedAsync(await run.EndAsync(), world, tenant, "nightly");
            var longest = Faults.Jobs.AttemptsOf(recorded)[0].GetProperty("gaps").GetProperty("longestMilliseconds").GetInt64();
            Assert.True(longest >= length.TotalMilliseconds / 2, $"The longest gap that was recorded is {longest} ms, of {length.TotalMilliseconds} ms.");
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"a dead line of {length.TotalSeconds:0} s: exit code 0, longest gap recorded {longest / 1000.0:0.0} s"));
        }

        // Now that nobody's lock stands, the other machine prunes, while gateways die under its requests.
        await using (var disturbance = new Disturbance(world, "laptop", seed: 8))
        {
            var pruned = await laptop.RunAsync(
                "tidy", ["forget", "--keep-last", "1", "--prune", "--limit-download", "4096"], [.. CopyRun.Once, "--path", "/desk/"]);
            await CopyRun.UnnoticedAsync(pruned, world, tenant, "tidy", "NOSNAPSHOT");
            Assert.Contains("done", pruned.Output, StringComparison.Ordinal);
        }

        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
        var target = Path.Combine(laptop.Folder, "restored");
        (await laptop.RunAsync("restore", ["restore", "latest", "--target", target], ["--path", "/desk/"])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
    }
}
