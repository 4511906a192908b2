using System.Diagnostics;
using System.Runtime.InteropServices;
using Headgate.Connector.Commands;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Commands;

/// <summary>The program as a process of its own, ended from outside.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed partial class SignalTests
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task Run_WhenSignalled_InterruptsTheToolFirstAndIsCancelled(int signal)
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        using var program = await StartAsync(world, $"trap 'echo interrupted >> {seen}; exit 130' INT; echo started > {seen}; while :; do sleep 0.05; done");
        await Until.TrueAsync(() => File.Exists(seen) && File.ReadAllText(seen).Length > 0, () => "the tool did not start");
        Assert.Equal(0, Kill(program.Id, signal));
        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(ExitCodes.Cancelled, program.ExitCode);
        Assert.Equal("started\ninterrupted\n", await File.ReadAllTextAsync(seen));
        Assert.Contains("run 7 of job nightly was cancelled", error, StringComparison.Ordinal);
        Assert.True(Assert.Single(world.Provider.Bodies<FinishRequest>("/finish")).Cancelled);
    }

    [Fact]
    public async Task Run_WhenSignalledTwice_EndsAToolThatDoesNotListen()
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        using var program = await StartAsync(world, $"trap 'echo ignored >> {seen}' INT; echo started > {seen}; while :; do sleep 0.05; done");
        await Until.TrueAsync(() => File.Exists(seen) && File.ReadAllText(seen).Length > 0, () => "the tool did not start");
        Assert.Equal(0, Kill(program.Id, Terminate));
        await Until.TrueAsync(() => File.ReadAllText(seen).Contains("ignored", StringComparison.Ordinal), () => File.ReadAllText(seen));
        Assert.Equal(0, Kill(program.Id, Terminate));
        await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(ExitCodes.Cancelled, program.ExitCode);
        Assert.True(Assert.Single(world.Provider.Bodies<FinishRequest>("/finish")).Cancelled);
    }

    [Fact]
    public async Task Run_WhenTheNetworkFailsTheTool_RunsItAgain()
    {
        await using var world = await World.StartAsync(2);
        var seen = Path.Combine(world.Folder, "seen");
        var body = $"echo x >> {seen}; url=${{RESTIC_REPOSITORY#rest:}}; curl -sf -o /dev/null \"${{url}}config\"; [ $(wc -l < {seen}) -gt 1 ] && exit 0; exit 1";
        world.Gateways[0].Die();
        using var program = await StartAsync(world, body, JobKind.Backup);
        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.True(program.ExitCode == 0, error);
        var next = Assert.Single(world.Provider.Bodies<NextAttemptRequest>("/attempts"));
        Assert.Equal((1, 1), (next.Attempt, next.ExitCode));
        Assert.Contains($"gateways failed: gtw1 {world.Gateways[0].Endpoint}: connection refused", next.Reason, StringComparison.Ordinal);
        Assert.Equal("gtw2", Assert.Single(next.Path).Gateway);
        Assert.Contains("attempt 2", error, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(world.Provider.Bodies<FinishRequest>("/finish")).Attempt);
    }

    private static async Task<Process> StartAsync(World world, string body, JobKind kind = JobKind.Copy)
    {
        var tool = Path.Combine(world.Folder, "restic");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\n[ \"$1\" = version ] && { echo restic 0.14.0; exit 0; }\n" + body + "\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "headgate"),
            [
                "run", .. world.Options, "--job", "nightly", "--repository", ScriptedProvider.RepositoryId, "--retry-wait", "0s", "--kind", kind.ToString(), "--", tool, "backup", "/home",
            ])
        { RedirectStandardError = true, RedirectStandardInput = true })!;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
