using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Schedules;

/// <summary>Jobs that a machine keeps: the real service runs stock restic by a schedule, is killed in mid-run, and a run is cancelled.</summary>
public sealed class ScheduledJobTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Service_WithAScheduledJob_BacksUpWithHooksAndTellsTheProviderWhatIsNext()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 20, bytesEach: 400_000);
        await desk.AddJobAsync("nightly", "*/4 * * * * ?", ["--before", "echo mounted $HEADGATE_JOB", "--after", "echo unmounted $HEADGATE_EXIT_CODE"], "backup", source);
        await desk.AddJobAsync("yearly", "30 2 1 1 *", [], "check");

        await using (var service = Serve(desk))
        {
            // Two runs by schedule, each after the one before: what is due meanwhile is left out.
            await Jobs.UntilAsync(tenant, "nightly", job => Runs(job).Count(run => Status(run) == "succeeded") >= 2, () => service.Said);
            var planned = await Jobs.UntilAsync(tenant, "yearly", job => job.TryGetProperty("plan", out _), () => service.Said);
            Assert.Empty(Runs(planned));
            var next = planned.GetProperty("plan");
            Assert.Equal(("desk", "30 2 1 1 *"), (next.GetProperty("connector").GetString(), next.GetProperty("schedule").GetString()));
            Assert.Equal((1, 1, 2, 30), At(next.GetProperty("next").GetDateTimeOffset().ToLocalTime()));
            Interrupt(service, "TERM");
            (await service.EndAsync(s_patience)).Succeeded();
        }

        var log = (await desk.HeadgateAsync("jobs", "log", "nightly")).Succeeded().Output;
        var first = (await desk.HeadgateAsync("jobs", "log", "nightly", "--list")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        var whole = (await desk.HeadgateAsync("jobs", "log", "nightly", "--run", first)).Succeeded().Output;
        foreach (var line in (string[])["before: mounted nightly", "restic: ", "snapshot ", "after: unmounted 0", "headgate: run 1 of job nightly succeeded"])
        {
            Assert.Contains(line, whole, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(desk.Password, log + whole, StringComparison.Ordinal);
        Assert.Contains("nightly", (await desk.HeadgateAsync("jobs", "list")).Succeeded().Output, StringComparison.Ordinal);
        var target = Path.Combine(desk.Folder, "restored");
        (await desk.RunAsync("restore", ["restore", "latest", "--target", target])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
    }

    [Fact]
    public async Task Service_WhenKilledInMidRun_LeavesNoToolRunningAndTheRunIsOver()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: 4_000_000);

        // About a minute at this speed: it is going on when the service dies.
        await desk.AddJobAsync("slow", "*/3 * * * * ?", [], "--limit-upload", "500", "backup", source);
        int restic;
        await using (var service = Serve(desk))
        {
            await Jobs.UntilAsync(tenant, "slow", job => Runs(job) is [var run, ..] && Jobs.IsOpen(run) && Moved(run) > 100_000, () => service.Said);
            restic = Assert.Single(Descendants(service.Pid), process => process.Name == "restic").Id;
            service.Kill();
        }

        await Tool.UntilAsync(() => !Directory.Exists($"/proc/{restic.ToString(CultureInfo.InvariantCulture)}"), "restic's end", () => "it runs", s_patience);
        var over = await Jobs.UntilAsync(tenant, "slow", job => Runs(job) is [var run, ..] && !Jobs.IsOpen(run));
        Assert.Equal("cancelled", Status(Runs(over)[0]));
        Assert.Equal("The service that ran it was stopped.", Runs(over)[0].GetProperty("reason").GetString());

        // restic was interrupted, and so removed its lock: the next one that wants the repository to itself need not wait.
        (await desk.RunAsync("prune", ["prune"])).Succeeded();
    }

    [Fact]
    public async Task Service_WhenARunsProcessWasKilled_TellsTheProviderThatItIsOver()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: 4_000_000);
        await desk.AddJobAsync("slow", null, [], "--limit-upload", "500", "backup", source);
        DateTimeOffset killed;
        await using (var run = Running.Start(Programs.Connector, ["jobs", "run", "slow", "--resolve", world.Resolve], desk.Environment, world.Inside))
        {
            await Jobs.UntilAsync(tenant, "slow", job => Runs(job) is [var open, ..] && Moved(open) > 100_000, () => run.Said);
            var restic = Assert.Single(Descendants(run.Pid), process => process.Name == "restic").Id;
            run.Kill();
            killed = DateTimeOffset.UtcNow;
            using var orphan = Process.GetProcessById(restic);
            orphan.Kill();
            await run.EndAsync();
        }

        // Nobody runs the job again; the provider alone would wait 25 minutes.
        await using var service = Serve(desk);
        var over = await Jobs.UntilAsync(tenant, "slow", job => !Jobs.IsOpen(Runs(job)[0]), () => service.Said);
        var ended = Assert.Single(Runs(over));
        Assert.Equal(("failed", "The program that ran it was killed, or the machine stopped."), (Status(ended), Jobs.ReasonOf(ended)));
        Assert.InRange(ended.GetProperty("ended").GetDateTimeOffset(), ended.GetProperty("started").GetDateTimeOffset(), killed.AddSeconds(1));
        Assert.True(Moved(ended) > 0, over.ToString());
        await Tool.UntilAsync(() => Directory.GetFiles(Path.Combine(desk.Environment["HEADGATE_DATA"]!, "ends")).Length == 0, "nothing left to tell", () => service.Said);
    }

    [Fact]
    public async Task Cancel_OfARunOfThisMachine_EndsItAndOfAnothersIsRefused()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        var other = await tenant.EnrolAsync("other");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: 4_000_000);
        await desk.AddJobAsync("slow", null, [], "--limit-upload", "500", "backup", source);

        // By hand, as the service would run it.
        await using var run = Running.Start(Programs.Connector, ["jobs", "run", "slow", "--resolve", world.Resolve], desk.Environment, world.Inside);
        await Jobs.UntilAsync(tenant, "slow", job => Runs(job) is [var open, ..] && Jobs.IsOpen(open), () => run.Said);
        var refused = await other.HeadgateAsync("cancel", "slow");
        Assert.Equal(77, refused.ExitCode);
        Assert.Contains("Run 1 of job 'slow' of tenant 'acme' is that of 'desk'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Run 1 of job slow is asked to stop", (await desk.HeadgateAsync("cancel", "slow")).Succeeded().Output, StringComparison.Ordinal);
        var ended = await run.EndAsync(s_patience);
        Assert.NotEqual(0, ended.ExitCode);
        var over = await Jobs.UntilAsync(tenant, "slow", job => Status(Runs(job)[0]) == "cancelled");
        Assert.Single(Runs(over));
        Assert.Contains("nothing to cancel", (await desk.HeadgateAsync("cancel", "slow")).Error, StringComparison.Ordinal);
    }

    // The password is in the environment file alone.
    private static Running Serve(Machine machine) => Running.Start(
        Programs.Connector,
        ["service", "--resolve", machine.World.Resolve],
        new Dictionary<string, string?> { ["HEADGATE_DATA"] = machine.Environment["HEADGATE_DATA"] },
        machine.World.Inside);

    private static List<JsonElement> Runs(JsonElement job) => [.. job.GetProperty("runs").EnumerateArray()];

    private static string Status(JsonElement run) => run.GetProperty("status").GetString()!.ToLowerInvariant();

    private static long Moved(JsonElement run) =>
        run.GetProperty("attempts").EnumerateArray().SelectMany(attempt => attempt.GetProperty("path").EnumerateArray()).Sum(step => step.GetProperty("bytesUp").GetInt64());

    private static (int Month, int Day, int Hour, int Minute) At(DateTimeOffset at) => (at.Month, at.Day, at.Hour, at.Minute);

    private static void Interrupt(Running program, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, program.Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Every process below this one.</summary>
    private static List<(int Id, string Name)> Descendants(int root)
    {
        var parents = new List<(int Id, int Parent, string Name)>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
                parents.Add((int.Parse(stat[..open], CultureInfo.InvariantCulture), int.Parse(stat[(close + 2)..].Split(' ')[1], CultureInfo.InvariantCulture), stat[(open + 1)..close]));
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        var below = new HashSet<int> { root };
        for (var found = true; found;)
        {
            found = parents.Count(process => below.Contains(process.Parent) && below.Add(process.Id)) > 0;
        }

        return [.. parents.Where(process => process.Id != root && below.Contains(process.Id)).Select(process => (process.Id, process.Name))];
    }
}
