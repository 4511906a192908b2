using System.Diagnostics;
using System.Runtime.InteropServices;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>Kept jobs through the program itself, and the service as a process of its own.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed partial class JobsCommandTests
{
    private const int Killed = 9;
    private const int Terminate = 15;

    [Theory]
    [InlineData("jobs add Nightly --repository nas1 -- true", "The job's name 'Nightly' cannot be")]
    [InlineData("jobs add nightly --repository nas1 --jitter 5 -- true", "--jitter '5' cannot be")]
    [InlineData("jobs add nightly --repository nas1 --overlap both -- true", "both")]
    [InlineData("jobs add nightly --repository nas1 --keep-logs 0 -- true", "--keep-logs '0' cannot be")]
    [InlineData("jobs add nightly --repository nas1 -- env RESTIC_PASSWORD=hunter2 restic backup /", "'RESTIC_PASSWORD' cannot stand in the command")]
    [InlineData("jobs add nightly --repository nas1 --schedule nightly -- true", "'nightly' cannot be a schedule")]
    [InlineData("jobs show nightly", "This machine has no job 'nightly' (it has none)")]
    public async Task Jobs_WithArgumentsThatCannotBe_SaysWhich(string arguments, string sentence)
    {
        await using var world = await World.StartAsync(1);
        var words = arguments.Split(' ').ToList();
        if (words.Contains("--"))
        {
            words.InsertRange(words.IndexOf("--"), world.Options);
        }

        var (code, _, error) = await world.RunAsync([.. words]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithHooksAndVariables_RunsAllAndKeepsWhatTheySaid()
    {
        await using var world = await World.StartAsync(1);
        var file = Path.Combine(world.Folder, "env");
        await File.WriteAllTextAsync(file, "SECRET=s3cret\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await AddAsync(world, "echo tool ${#SECRET}; echo oops >&2; exit 3", "--before", "echo before $HEADGATE_JOB", "--after", "echo after $HEADGATE_EXIT_CODE", "--env-file", file);
        var (code, output, error) = await world.RunAsync(["jobs", "run", "nightly"]);
        Assert.Equal(3, code);
        Assert.Equal("before nightly\ntool 6\nafter 3\n", output);
        Assert.Contains("oops\n", error, StringComparison.Ordinal);
        Assert.Contains("job nightly ended with 3", error, StringComparison.Ordinal);
        var (_, log, _) = await world.RunAsync(["jobs", "log", "nightly"]);
        foreach (var line in (string[])["before: before nightly", "restic: tool 6", "restic: oops", "after: after 3", "headgate: run 7 of job nightly"])
        {
            Assert.Contains(line, log, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("s3cret", log + output + error + File.ReadAllText(Path.Combine(world.Data, "jobs", "nightly.job.json")), StringComparison.Ordinal);
        var (_, shown, _) = await world.RunAsync(["jobs", "show", "nightly"]);
        Assert.Contains("exit code 3", shown, StringComparison.Ordinal);
        Assert.Equal(3, Assert.Single(world.Provider.Bodies<FinishRequest>("/finish")).ExitCode);
    }

    [Fact]
    public async Task Run_WhenTheHookBeforeFails_DoesNotRunTheTool()
    {
        await using var world = await World.StartAsync(1);
        await AddAsync(world, "echo tool", "--before", "echo no disk; exit 5", "--after", "echo after $HEADGATE_EXIT_CODE");
        var (code, output, error) = await world.RunAsync(["jobs", "run", "nightly"]);
        Assert.Equal(ExitCodes.HookFailed, code);
        Assert.Equal("no disk\nafter 79\n", output);
        Assert.Contains("The hook before the tool ended with 5", error, StringComparison.Ordinal);
        Assert.Empty(world.Provider.Requests);
    }

    [Fact]
    public async Task Run_WhenTheDiskOfTheStateFolderIsFull_RunsAllTheSame()
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        await AddAsync(world, $"echo tool | tee {seen}");
        var store = new JobStore(new StateFolder(world.Data));
        store.Change("nightly", record => record with { Running = new RunningRun(DateTimeOffset.UtcNow, 1, "x") });

        // A disk of its own for the jobs alone, without a byte left.
        var jobs = Path.Combine(world.Data, "jobs");
        var script = $"mount -t tmpfs -o size=64k,mode=700 tmpfs \"$0\" && cp -a \"$0.kept/.\" \"$0\" && {{ cat /dev/zero > \"$0/zeros\"; exec \"$@\"; }} 2>&1";
        Directory.Move(jobs, jobs + ".kept");
        Directory.CreateDirectory(jobs);
        string[] command = ["--mount", "--propagation", "private", "sh", "-c", script, jobs, Path.Combine(AppContext.BaseDirectory, "headgate"), "jobs", "run", "nightly", .. world.Options];
        using var run = Process.Start(new ProcessStartInfo("unshare", Environment.IsPrivilegedProcess ? command : ["--map-root-user", .. command]) { RedirectStandardOutput = true })!;
        var said = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0 && File.Exists(seen), said);
        Assert.Contains("did not end in order", said, StringComparison.Ordinal);
        Assert.Contains("cannot be written down, and it goes on", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_WhenThereIsOne_WantsReplaceAndRemoveForgetsIt()
    {
        await using var world = await World.StartAsync(1);
        await AddAsync(world, "exit 0", "--schedule", "30 2 * * 1-5");
        var (again, _, error) = await world.RunAsync(["jobs", "add", "nightly", "--repository", "nas1", .. world.Options, "--", "true"]);
        Assert.Equal(ExitCodes.Usage, again);
        Assert.Contains("--replace", error, StringComparison.Ordinal);
        var (_, list, _) = await world.RunAsync(["jobs", "list"]);
        Assert.Contains("nightly\t", list, StringComparison.Ordinal);
        Assert.Contains("\t30 2 * * 1-5\t", list, StringComparison.Ordinal);
        var (_, shown, _) = await world.RunAsync(["jobs", "show", "nightly"]);
        Assert.Equal(3, shown.Split('\n').Count(line => line.StartsWith("due ", StringComparison.Ordinal)));
        Assert.Equal(ExitCodes.Ok, (await world.RunAsync(["jobs", "remove", "nightly"])).Code);
        Assert.Empty((await world.RunAsync(["jobs", "list"])).Output);
    }

    [Fact]
    public async Task List_WhenAJobOrARecordCannotBeRead_SaysSoAndListsTheRest()
    {
        await using var world = await World.StartAsync(1);
        await AddAsync(world, "exit 0", "--schedule", "30 2 * * 1-5");
        var jobs = Path.Combine(world.Data, "jobs");
        await File.WriteAllTextAsync(Path.Combine(jobs, "nightly.record.json"), "{", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(jobs, "archive.job.json"), "[]", TestContext.Current.CancellationToken);
        var (code, list, error) = await world.RunAsync(["jobs", "list"]);
        Assert.Equal(ExitCodes.StateFolder, code);
        Assert.Equal(
            ["archive\t?\t?\t?\t?\t-\tcannot be read", $"nightly\tbackup\t{ScriptedProvider.RepositoryId}\t30 2 * * 1-5\t?\t?\tcannot be read"],
            list.TrimEnd('\n').Split('\n'));
        Assert.All(["archive.job.json cannot be read", "nightly.record.json cannot be read"], said => Assert.Contains(said, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Add_OfAToolOnThePath_KeepsWhereItIs()
    {
        await using var world = await World.StartAsync(1);
        var tool = Path.Combine(world.Folder, "restic");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\nexit 0\n");
        var path = Environment.GetEnvironmentVariable("PATH");
        try
        {
            Environment.SetEnvironmentVariable("PATH", world.Folder + Path.PathSeparator + path);
            var (code, _, error) = await world.RunAsync(["jobs", "add", "nightly", "--repository", "nas1", .. world.Options, "--", "restic", "backup", "./home"]);
            Assert.True(code == 0, error);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }

        Assert.Equal([tool, "backup", "./home"], new JobStore(new StateFolder(world.Data)).Get("nightly").Run.Words);
    }

    [Fact]
    public async Task Add_WithAScheduleThatTheProviderDoesNotTake_SaysTheLimit()
    {
        await using var world = await World.StartAsync(1);
        var minutes = string.Join(',', Enumerable.Range(0, 60).Concat(Enumerable.Range(0, 15)));
        var (code, _, error) = await world.RunAsync(["jobs", "add", "nightly", "--repository", "nas1", "--schedule", $"{minutes} * * * *", .. world.Options, "--", "true"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("up to 200 characters", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_WhenJobsAreDue_RunsThemTellsItsManagerAndStopsInOrder()
    {
        await using var world = await World.StartAsync(1);
        using var manager = new NotifySocket(Path.Combine(world.Folder, "notify"));
        var seen = Path.Combine(world.Folder, "seen");
        await AddAsync(world, $"trap 'echo interrupted >> {seen}; exit 130' INT; echo started >> {seen}; while :; do sleep 0.05; done", "--schedule", "*/2 * * * * ?");
        using var service = Serve(world, manager.Name);
        var said = service.StandardError.ReadToEndAsync();
        await manager.UntilAsync(text => text.StartsWith("READY=1", StringComparison.Ordinal));
        await Until.TrueAsync(() => File.Exists(seen) && File.ReadAllText(seen).Length > 0, () => "the tool did not start");
        await manager.UntilAsync(text => text.Contains("nightly is running", StringComparison.Ordinal));
        Assert.Equal(0, Kill(service.Id, Terminate));
        await manager.UntilAsync(text => text.StartsWith("STOPPING=1", StringComparison.Ordinal));
        await service.WaitForExitAsync();
        Assert.True(service.ExitCode == 0, await said);
        Assert.Equal("started\ninterrupted\n", await File.ReadAllTextAsync(seen));
        var finish = Assert.Single(world.Provider.Bodies<FinishRequest>("/finish"));
        Assert.True(finish.Cancelled);
        Assert.Equal("The service that ran it was stopped.", finish.Reason);
        Assert.Contains("job nightly begins.", await said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_WhenKilled_TakesItsRunsWithItAndTheNextKnows()
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        await AddAsync(world, $"trap 'echo interrupted >> {seen}; exit 130' INT; echo started >> {seen}; while :; do sleep 0.05; done", "--schedule", "*/2 * * * * ?");
        using (var service = Serve(world, null))
        {
            await Until.TrueAsync(() => File.Exists(seen) && File.ReadAllText(seen).Length > 0, () => "the tool did not start");
            Assert.Equal(0, Kill(service.Id, Killed));
            await service.WaitForExitAsync();
        }

        // The run noticed that its service is no more: its tool was interrupted, the provider told, the log ended.
        await Until.TrueAsync(() => world.Provider.Bodies<FinishRequest>("/finish").Any(finish => finish.Cancelled), () => File.ReadAllText(seen));
        Assert.Equal("started\ninterrupted\n", await File.ReadAllTextAsync(seen));
        var store = new JobStore(new StateFolder(world.Data));
        await Until.TrueAsync(() => !store.IsRunning("nightly"), () => "the run goes on");

        // A run that is killed itself cannot say anything any more; the next service does.
        await world.RunAsync(["jobs", "remove", "nightly"]);
        await AddAsync(world, "exit 0");
        store.Change("nightly", record => record with { Running = new RunningRun(DateTimeOffset.UtcNow, 1, "x") });
        using var next = Serve(world, null);
        string? line;
        do
        {
            line = await next.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(90));
        }
        while (line is not null && !line.Contains("the run of job nightly", StringComparison.Ordinal));
        Assert.Contains("did not end in order", line, StringComparison.Ordinal);
        Assert.Equal(0, Kill(next.Id, Terminate));
        await next.WaitForExitAsync();
    }

    [Fact]
    public async Task Service_WhenAnEarlierRunsEndIsUntold_TellsIt()
    {
        await using var world = await World.StartAsync(1);
        var ends = Path.Combine(world.Data, "ends");
        var before = new ManualTimeProvider(DateTimeOffset.UtcNow - TimeSpan.FromHours(1));
        using (var identity = new StateFolder(world.Data).LoadIdentity())
        {
            new UntoldEnds(new StateFolder(world.Data), identity.Identity.Id, Assert.Fail, before).TryKeep("nightly", 4, new FinishRequest(2, 0, false, true, null, []));
        }

        world.Provider.SiloAway = true;
        using var service = Serve(world, null);
        var said = service.StandardError;
        string? line;
        do
        {
            line = await said.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(90));
        }
        while (line is not null && !line.Contains("the provider could not be told how runs ended, and is told later", StringComparison.Ordinal));
        Assert.NotNull(line);
        Assert.Single(Directory.GetFiles(ends));
        Assert.Equal(0, Kill(service.Id, Terminate));
        await service.WaitForExitAsync();

        world.Provider.SiloAway = false;
        using var next = Serve(world, null);
        await Until.TrueAsync(() => Directory.GetFiles(ends).Length == 0, () => string.Join('\n', world.Provider.Requests));
        var told = Assert.Single(world.Provider.Bodies<FinishRequest>("/nightly/4/finish"));
        Assert.Equal((2, 0), (told.Attempt, told.ExitCode));
        Assert.InRange(told.EndedAgoMilliseconds!.Value, 3_600_000, 3_900_000);
        Assert.Equal(0, Kill(next.Id, Terminate));
        await next.WaitForExitAsync();
        Assert.Equal(0, next.ExitCode);
    }

    private static async Task AddAsync(World world, string tool, params string[] options)
    {
        var file = Path.Combine(world.Folder, "restic");
        await File.WriteAllTextAsync(file, "#!/bin/sh\n" + tool + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, _, error) = await world.RunAsync(
            ["jobs", "add", "nightly", "--repository", ScriptedProvider.RepositoryId, "--kind", "backup", "--retries", "3", "--retry-wait", "0s", .. options, .. world.Options, "--", file, "backup", "/home"]);
        Assert.True(code == 0, error);
    }

    private static Process Serve(World world, string? manager)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "headgate"), ["service", .. world.Options]) { RedirectStandardError = true };
        if (manager is not null)
        {
            start.Environment["NOTIFY_SOCKET"] = manager;
        }

        return Process.Start(start)!;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
