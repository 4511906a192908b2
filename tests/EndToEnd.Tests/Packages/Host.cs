using System.Globalization;
using Headgate.Testing;

namespace Headgate.EndToEnd.Tests.Packages;

/// <summary>
/// A machine of its own: network, and a copy of <c>/etc</c>, <c>/opt</c>, <c>/usr/local</c> and <c>/var/lib</c> that is thrown away with it, so that what
/// is installed here is nowhere else. There is no .NET on it and no service manager; the test starts what a unit's <c>ExecStart</c> says, as its user.
/// </summary>
internal sealed class Host : IAsyncDisposable
{
    private readonly Namespace _namespace;
    private readonly TemporaryFolder _folder = new();
    private readonly NotifySocket _manager;

    private Host(Namespace made, string name, string address)
    {
        (_namespace, Name, Address) = (made, name, address);
        _manager = NotifySocket.ForEverybody(_folder.Path, "notify");
    }

    public string Name { get; }

    /// <summary>On all of its networks.</summary>
    public string Address { get; }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing { get; } = Namespace.Missing ?? (Environment.IsPrivilegedProcess ? null : "Programs are installed by root. Run the tests as root.");

    public static async Task<Host> StartAsync(string name, string address)
    {
        var host = new Host(await Namespace.WithNetworkAsync("127.0.0.1"), name, address);
        try
        {
            // Overlays over what installing writes to; empty folders over every .NET.
            (await host.RunAsync("""
                set -e
                changes=$(mktemp -d)
                mount -t tmpfs none "$changes"
                for folder in etc opt usr/local var/lib; do
                    mkdir -p "$changes/$folder/upper" "$changes/$folder/work"
                    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$changes/$folder/upper,workdir=$changes/$folder/work" "/$folder"
                done
                umount -l "$changes"
                rmdir "$changes"
                for dotnet in $(command -v dotnet || true) /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
                    [ ! -e "$dotnet" ] || mount -t tmpfs none "$(dirname "$(readlink -f "$dotnet")")"
                done
                rm -rf /opt/headgate /etc/headgate
                """)).Succeeded();
            var dotnet = await host.RunAsync("dotnet --version");
            Assert.True(dotnet.ExitCode != 0, $"There is a .NET here: {dotnet.Output}");
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A cable between two hosts: each reaches the other, and nothing behind it.</summary>
    public static async Task ConnectAsync(Host one, Host other)
    {
        var (near, far) = ("to-" + other.Name, "to-" + one.Name);
        (await one.RunAsync($"ip link add {near} type veth peer name {far} netns {other._namespace.Pid.ToString(CultureInfo.InvariantCulture)}")).Succeeded();
        (await one.RunAsync($"ip addr add {one.Address}/32 peer {other.Address} dev {near} && ip link set {near} up")).Succeeded();
        (await other.RunAsync($"ip addr add {other.Address}/32 peer {one.Address} dev {far} && ip link set {far} up")).Succeeded();
    }

    /// <summary>A shell command of root's; the environment is that of a machine that was never developed on.</summary>
    public Task<Finished> RunAsync(string script, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var (program, arguments) = _namespace.Enter("env", ["-i", .. Variables(environment), "sh", "-c", script]);
        return Tool.RunAsync(program, arguments, Tool.SystemPath, input is null ? null : System.Text.Encoding.UTF8.GetBytes(input));
    }

    /// <summary>Unpacks an archive and runs the <c>install</c> in it.</summary>
    public async Task<Finished> InstallAsync(string archive, string arguments = "", IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        var folder = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        (await RunAsync($"tar -C {folder} -xzf {archive}")).Succeeded();
        return await RunAsync($"{Directory.GetDirectories(folder).Single()}/install {arguments}", environment, input);
    }

    /// <summary>What the unit of <paramref name="program"/> would start now.</summary>
    public async Task<Daemon> ServiceAsync(string program)
    {
        var unit = (await RunAsync($"cat /etc/systemd/system/headgate-{program}.service")).Succeeded().Output.Split('\n');
        var variables = (await RunAsync($"cat {Value("EnvironmentFile")}")).Succeeded().Output.Split('\n');
        var options = variables.Single(line => line.StartsWith("HEADGATE_ARGS=", StringComparison.Ordinal))["HEADGATE_ARGS=".Length..].Trim('"');
        var user = Value("User");
        string[] command = [.. Value("ExecStart").Replace("$HEADGATE_ARGS", options, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        // Each becomes the next: the process that starts here is the program, under one id.
        var (enter, arguments) = _namespace.Enter("env",
        [
            "-i", .. Variables(null), "NOTIFY_SOCKET=" + _manager.Name, Value("Environment"),
            "setpriv", "--reuid", user, "--regid", Value("Group"), "--clear-groups", "--no-new-privs", "--", .. command,
        ]);
        return new Daemon($"{Name}: {program}", enter, arguments);

        string Value(string setting) => unit.Single(line => line.StartsWith(setting + "=", StringComparison.Ordinal))[(setting.Length + 1)..];
    }

    /// <summary>Starts what the unit says, and waits until its manager would call it started.</summary>
    public async Task<Daemon> StartServiceAsync(string program)
    {
        var service = await ServiceAsync(program);
        await service.StartAsync();
        await _manager.UntilAsync(said => said.StartsWith("READY=1", StringComparison.Ordinal));
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await _namespace.DisposeAsync();
        _manager.Dispose();
        _folder.Dispose();
    }

    private static IEnumerable<string> Variables(IReadOnlyDictionary<string, string>? more) =>
        [.. (more ?? new Dictionary<string, string>()).Select(variable => $"{variable.Key}={variable.Value}"), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"];
}
