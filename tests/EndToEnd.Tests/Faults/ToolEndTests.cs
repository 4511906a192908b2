using System.Diagnostics;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>How a run ends when its tool does, for reasons of its own, of the user's or of the provider's.</summary>
public sealed class ToolEndTests(ToolEndTests.Provider provider) : IClassFixture<ToolEndTests.Provider>
{
    [Fact]
    public async Task Run_WhenThePasswordIsWrong_FailsInOneAttemptWithResticsExitCode()
    {
        var (tenant, desk) = await provider.DeskAsync("password");
        var source = await desk.FilesAsync("source", files: 1, bytesEach: 1000);
        var stranger = desk.With("a wrong password");
        var finished = await stranger.RunAsync("nightly", ["backup", source], ["--retries", "5"]);

        Assert.Contains(finished.ExitCode, (int[])[1, 12]);
        Assert.Contains("wrong password", finished.Error, StringComparison.Ordinal);
        var run = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("FAILED", Jobs.StatusOf(run));
        Assert.Equal(finished.ExitCode, Assert.Single(Jobs.AttemptsOf(run)).GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task Run_WhenAFileCannotBeRead_PassesExitCode3ThroughAndIsAWarning()
    {
        var (tenant, desk) = await provider.DeskAsync("unreadable");
        var source = await desk.FilesAsync("source", files: 1, bytesEach: 1000);

        // Its first page is mapped in no process, so that even root gets an error.
        var finished = await desk.RunAsync("nightly", ["backup", source, "/proc/self/mem"]);
        Assert.Equal(3, finished.ExitCode);
        var run = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("WARNING", Jobs.StatusOf(run));
        Assert.Matches("^[0-9a-f]{64}$", Jobs.SnapshotOf(run));
        Assert.Equal(3, Assert.Single(Jobs.AttemptsOf(run)).GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task Run_WhenTheToolWritesNoSnapshot_IsNotSucceeded()
    {
        var (tenant, desk) = await provider.DeskAsync("snapshots");
        (await desk.RunAsync("nightly", ["snapshots"])).Succeeded();
        var run = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("NOSNAPSHOT", Jobs.StatusOf(run));
        Assert.Null(Jobs.SnapshotOf(run));
    }

    [Fact]
    public async Task Run_WhenTheProviderCancelsIt_EndsTheToolAndIsCancelled()
    {
        var (tenant, desk) = await provider.DeskAsync("cancelled");
        await using var run = await provider.SlowRunAsync(desk);
        (await provider.World.AdminAsync("job", "cancel", tenant.Id, "nightly")).Succeeded();
        var finished = await run.EndAsync(TimeSpan.FromMinutes(2));

        Assert.NotEqual(0, finished.ExitCode);
        await AssertUnlockedAsync(tenant);
        var recorded = await Jobs.LastRunAsync(tenant, "nightly");
        Assert.Equal("CANCELLED", Jobs.StatusOf(recorded));
        Assert.Single(Jobs.AttemptsOf(recorded));
    }

    [Fact]
    public async Task Run_WhenTheUserInterrupts_EndsWith130AndIsCancelled()
    {
        var (tenant, desk) = await provider.DeskAsync("interrupted");
        await using var run = await provider.SlowRunAsync(desk);
        var tool = Assert.Single(run.Children());
        run.Interrupt();
        var finished = await run.EndAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(130, finished.ExitCode);
        Assert.False(Directory.Exists($"/proc/{tool}"), "restic outlived the connector.");
        await AssertUnlockedAsync(tenant);
        Assert.Equal("CANCELLED", Jobs.StatusOf(await Jobs.LastRunAsync(tenant, "nightly")));
    }

    [Fact]
    public async Task Run_WhenItsConnectorWasKilled_IsOverAsSoonAsTheSameConnectorRunsTheJobAgain()
    {
        var (tenant, desk) = await provider.DeskAsync("killed");
        await using var run = await provider.SlowRunAsync(desk);
        var tool = Assert.Single(run.Children());
        run.Kill();
        using (var orphan = Process.GetProcessById(tool))
        {
            orphan.Kill();
        }

        await run.EndAsync();
        var killed = (await Jobs.LastRunAsync(tenant, "nightly")).GetProperty("run").GetInt64();
        var source = await desk.FilesAsync("small", files: 1, bytesEach: 1000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        var job = await tenant.JobAsync("nightly");
        Assert.Equal("FAILED", Jobs.StatusOf(Jobs.Run(job, killed)));
        Assert.Equal("The program that ran it was killed, or the machine stopped.", Jobs.ReasonOf(Jobs.Run(job, killed)));
        Assert.Equal("SUCCEEDED", Jobs.StatusOf(await Jobs.LastRunAsync(tenant, "nightly")));
        Assert.Equal(killed + 1, (await Jobs.LastRunAsync(tenant, "nightly")).GetProperty("run").GetInt64());
    }

    /// <summary>restic took its lock back, which it does when it is asked to end and not when it is killed.</summary>
    private async Task AssertUnlockedAsync(Tenant tenant)
    {
        var locks = Path.Combine(Storage.FolderOf(provider.World), "tenants", tenant.Id, "desk", "locks");
        await Tool.UntilAsync(() => Directory.GetFiles(locks).Length == 0, "restic's lock to be gone", () => provider.World.Logs);
    }

    /// <summary>One provider for all of these: each test has a tenant of its own, and none disturbs the provider.</summary>
    public sealed class Provider : IAsyncLifetime
    {
        internal World World { get; private set; } = null!;

        public async ValueTask InitializeAsync() => World = await World.StartAsync(gateways: 1);

        public ValueTask DisposeAsync() => World.DisposeAsync();

        internal async Task<(Tenant Tenant, Machine Desk)> DeskAsync(string tenantId)
        {
            var tenant = await World.AddTenantAsync(tenantId);
            var desk = await tenant.EnrolAsync("desk");
            await desk.InitAsync();
            return (tenant, desk);
        }

        /// <summary>A backup in the middle of its data.</summary>
        internal async Task<Running> SlowRunAsync(Machine desk)
        {
            var source = await desk.FilesAsync("slow", files: 8, bytesEach: 4 << 20, seed: 3);
            var carrier = await Carrier.WatchAsync(World);
            var run = desk.StartRun("nightly", ["backup", "--quiet", "--limit-upload", "512", source]);
            await carrier.PastAsync(512 << 10, run);
            return run;
        }
    }
}
