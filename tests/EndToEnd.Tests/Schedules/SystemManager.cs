using System.Globalization;

namespace Headgate.EndToEnd.Tests.Schedules;

/// <summary>
/// A real systemd, process 1 of a process namespace of its own, with the units that a test gives it and none of the machine's: <c>/etc/systemd</c>, the folders of units and <c>/run</c> are
/// empty file systems that nobody else sees. What it starts ends with it.
/// </summary>
internal sealed class SystemManager : IAsyncDisposable
{
    private const string Program = "/usr/lib/systemd/systemd";

    // $1: the name of its control group.
    private const string Boot = """
        set -e
        mount --make-rprivate /
        umount -R /sys/fs/cgroup
        mount -t cgroup2 none /sys/fs/cgroup
        mkdir "/sys/fs/cgroup/$1"
        echo 0 >"/sys/fs/cgroup/$1/cgroup.procs"
        for folder in /run /etc/systemd /usr/lib/systemd/system /usr/lib/systemd/system-generators; do
            mount -t tmpfs -o mode=755 none "$folder"
        done
        mkdir -p /etc/systemd/system/headgate.service.d
        for target in sysinit basic network-online multi-user shutdown; do
            echo '[Unit]' >"/usr/lib/systemd/system/$target.target"
        done
        ln -s multi-user.target /usr/lib/systemd/system/default.target
        printf '%s' "$2" >/etc/systemd/system/headgate.service.d/test.conf
        exec unshare --cgroup sh -ec '
            umount /sys/fs/cgroup
            mount -t cgroup2 none /sys/fs/cgroup
            exec env -i container=test PATH="$PATH" "$0" --system --log-target=console --show-status=false' "$3"
        """;

    // The groups are this machine's, and outlive who made them.
    private const string Clean = """
        mount --make-rprivate /
        umount -R /sys/fs/cgroup
        mount -t cgroup2 none /sys/fs/cgroup
        find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
        """;

    private readonly string _group;
    private readonly Running _holder;

    private SystemManager(string group, Running holder) => (_group, _holder) = (group, holder);

    /// <summary>Why there can be none here, or null; a test that needs one skips with it.</summary>
    public static string? Missing { get; } = !Environment.IsPrivilegedProcess ? "Only root can have a systemd of its own." : File.Exists(Program) ? null : "There is no " + Program;

    /// <summary>What it says, and what its units' programs say.</summary>
    public string Said => _holder.Said;

    /// <summary>Begins one that is ready for commands.</summary>
    /// <param name="settings">What the unit's settings are overridden with.</param>
    public static async Task<SystemManager> StartAsync(string settings)
    {
        var group = $"headgate-test-{Guid.NewGuid():N}";
        string[] arguments = ["--pid", "--fork", "--kill-child", "--mount-proc", "--mount", "--uts", "--ipc", "sh", "-c", Boot, "sh", group, settings, Program];
        var manager = new SystemManager(group, Running.Start("unshare", arguments, Tool.SystemPath));
        try
        {
            Finished? last = null;
            await Tool.UntilAsync(
                async () => manager._holder.HasEnded || (manager._holder.Children().Count > 0 && (last = await manager.RunAsync("systemctl", "is-system-running")).Output.Trim() == "running"),
                "systemd", () => $"{last}\n{manager.Said}");
            Assert.False(manager._holder.HasEnded, manager.Said);
            return manager;
        }
        catch
        {
            await manager.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program where systemd is, as an administrator's shell would.</summary>
    public Task<Finished> RunAsync(string program, params string[] arguments) => Tool.RunAsync(
        "nsenter", ["--target", _holder.Children()[0].ToString(CultureInfo.InvariantCulture), "--pid", "--mount", "--uts", "--ipc", "--cgroup", program, .. arguments], Tool.SystemPath);

    /// <summary>What systemd knows of the service, by name.</summary>
    public async Task<Dictionary<string, string>> ShowAsync() => (await RunAsync("systemctl", "show", "headgate.service")).Succeeded().Output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[^1]);

    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        string[] arguments = ["--mount", "sh", "-c", Clean, "sh", _group];

        // Its processes are being ended by the kernel; their groups are in use until then.
        await Tool.UntilAsync(async () => (await Tool.RunAsync("unshare", arguments, Tool.SystemPath)).ExitCode == 0, "systemd's control group to go", () => Said);
    }
}
