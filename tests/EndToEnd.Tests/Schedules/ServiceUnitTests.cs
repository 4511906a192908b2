using System.Globalization;
using System.Text.RegularExpressions;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Schedules;

/// <summary>The service under a real systemd: installed by its own command, watched, started anew when it hangs or dies, stopped in order in mid-run, and removed.</summary>
public sealed partial class ServiceUnitTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Service_UnderSystemd_IsWatchedRestartedAndStoppedInOrder()
    {
        Assert.SkipWhen(SystemManager.Missing is not null, SystemManager.Missing ?? "");
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 8, bytesEach: 4_000_000);
        await desk.AddJobAsync("slow", "*/3 * * * * ?", [], "--limit-upload", "500", "backup", source);

        // As installed, but what a test cannot wait for; there is no journal.
        var log = Path.Combine(desk.Folder, "service.log");
        await using var system = await SystemManager.StartAsync(
            $"[Service]\nStandardOutput=append:{log}\nStandardError=append:{log}\nWatchdogSec=12\nTimeoutAbortSec=1\nRestartSec=1\n");
        string Seen() => $"{system.Said}\n{(File.Exists(log) ? File.ReadAllText(log) : "no log")}";
        var data = desk.Environment["HEADGATE_DATA"]!;
        var installed = await system.RunAsync(Programs.Connector, "service", "install", "--data", data, "--resolve", world.Resolve);
        Assert.True(installed.ExitCode == 0, $"{installed}\n{Seen()}");
        Assert.Contains("The service runs by /etc/systemd/system/headgate.service", installed.Output, StringComparison.Ordinal);
        var shown = await system.ShowAsync();
        Assert.Equal(("active", "running", "enabled", "0"), (shown["ActiveState"], shown["SubState"], shown["UnitFileState"], shown["NRestarts"]));
        Assert.Contains("job", shown["StatusText"], StringComparison.Ordinal);

        // It hangs.
        (await system.RunAsync("kill", "-STOP", shown["MainPID"])).Succeeded();
        shown = await UntilRestartedAsync();

        // It dies in mid-run, and all that it had started with it.
        var killed = await RunsAsync();
        (await system.RunAsync("systemctl", "kill", "--signal=KILL", "headgate.service")).Succeeded();
        shown = await UntilRestartedAsync();

        // It is stopped in mid-run.
        var run = await RunsAsync();
        Assert.Equal("The program that ran it was killed, or the machine stopped.", Jobs.ReasonOf(Jobs.Run(await tenant.JobAsync("slow"), killed)));
        Assert.Contains("did not end in order", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        (await system.RunAsync("systemctl", "stop", "headgate.service")).Succeeded();
        shown = await system.ShowAsync();
        Assert.Equal(("inactive", "success", "0"), (shown["ActiveState"], shown["Result"], shown["ExecMainStatus"]));
        var over = Jobs.Run(await tenant.JobAsync("slow"), run);
        Assert.Equal(("CANCELLED", "The service that ran it was stopped."), (Jobs.StatusOf(over), Jobs.ReasonOf(over)));

        (await system.RunAsync(Programs.Connector, "service", "uninstall", "--data", data)).Succeeded();
        Assert.NotEqual(0, (await system.RunAsync("systemctl", "cat", "headgate.service")).ExitCode);

        async Task<Dictionary<string, string>> UntilRestartedAsync()
        {
            var (now, before) = (shown, Restarts(shown));
            await Tool.UntilAsync(
                async () => Restarts(now = await system.ShowAsync()) > before && now["ActiveState"] == "active",
                $"a restart after {before}",
                () => $"{now["ActiveState"]} {now["Result"]} {now["NRestarts"]}\n{Seen()}",
                s_patience);
            return now;
        }

        // By the word of the service as it runs now of its own run.
        async Task<long> RunsAsync()
        {
            var (match, starts) = (Match.Empty, Restarts(shown) + 1);
            await Tool.UntilAsync(
                () =>
                {
                    var said = File.ReadAllText(log);
                    return Starts().Matches(said) is { } known && known.Count >= starts && (match = Begun().Match(said, known[^1].Index)).Success;
                },
                "a run to begin", Seen, s_patience);
            await Tool.UntilAsync(async () => (await system.RunAsync("pgrep", "-x", "restic")).ExitCode == 0, "restic", Seen);
            return long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    private static int Restarts(Dictionary<string, string> shown) => int.Parse(shown["NRestarts"], CultureInfo.InvariantCulture);

    [GeneratedRegex(@"the service runs\.")]
    private static partial Regex Starts();

    [GeneratedRegex(@"run (\d+) of job slow, attempt 1")]
    private static partial Regex Begun();
}
