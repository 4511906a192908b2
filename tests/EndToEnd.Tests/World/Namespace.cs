using System.Diagnostics;
using System.Globalization;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// A mount namespace (and a network namespace, where asked for) of one test's own: its <c>/etc/hosts</c> and <c>/etc/resolv.conf</c> are the test's, and no
/// file of the machine is touched. It lives as long as one child that waits on a pipe of ours, so nothing is left behind even when the test process is
/// killed. Root needs no user namespace; others get one, where the kernel lets them.
/// </summary>
internal sealed class Namespace : IAsyncDisposable
{
    private readonly Process _holder;
    private readonly string _folder;
    private readonly string[] _enter;

    private Namespace(Process holder, string folder, bool network)
    {
        _holder = holder;
        _folder = folder;
        var target = Target;
        string[] user = Environment.IsPrivilegedProcess ? [] : ["--user", "--preserve-credentials"];
        string[] net = network ? ["--net"] : [];
        _enter = ["--target", target, .. user, "--mount", .. net];
    }

    /// <summary>Why there can be none here, or null; a test that needs one skips with it.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Names led where the test says; the network is the machine's.</summary>
    public static Task<Namespace> WithHostsAsync(IEnumerable<(string Name, string Address)> hosts) => StartAsync(
        network: false, ("/etc/hosts", string.Concat(hosts.Select(host => $"{host.Address} {host.Name}\n"))));

    /// <summary>A network of its own, with loopback only, and <paramref name="nameServer"/> as the only one to ask.</summary>
    public static async Task<Namespace> WithNetworkAsync(string nameServer)
    {
        var made = await StartAsync(
            network: true, ("/etc/hosts", "127.0.0.1 localhost\n"), ("/etc/resolv.conf", $"nameserver {nameServer}\noptions timeout:1 attempts:5\n"));
        (await made.RunAsync("ip", "link", "set", "lo", "up")).Succeeded();
        return made;
    }

    /// <summary>A network of its own, with no device but loopback, that a device of this one can be moved to.</summary>
    public async Task<Namespace> BesideAsync()
    {
        var (program, arguments) = Enter("unshare", ["--mount", "--net", "cat"]);
        var made = new Namespace(Process.Start(Tool.Command(program, arguments, Tool.SystemPath))!, Directory.CreateTempSubdirectory("hg-ns-").FullName, network: true);
        try
        {
            await made.UntilEnteredAsync();
            (await made.RunAsync("ip", "link", "set", "lo", "up")).Succeeded();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>The process that holds it, as an argument.</summary>
    public string Target => _holder.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The process that holds it, for commands that name a namespace by one.</summary>
    public int Pid => _holder.Id;

    /// <summary>The command that runs <paramref name="program"/> in here; it becomes that program, under the same process id.</summary>
    public (string Program, string[] Arguments) Enter(string program, IEnumerable<string> arguments) =>
        ("nsenter", [.. _enter, "--", program, .. arguments]);

    public Task<Finished> RunAsync(string program, params string[] arguments)
    {
        var (enter, all) = Enter(program, arguments);
        return Tool.RunAsync(enter, all, Tool.SystemPath);
    }

    public async ValueTask DisposeAsync()
    {
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<Namespace> StartAsync(bool network, params (string Path, string Content)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("hg-ns-").FullName;
        var made = new Namespace(Hold(network), folder, network);
        try
        {
            await made.UntilEnteredAsync();
            foreach (var (path, content) in files)
            {
                var own = Path.Combine(folder, Path.GetFileName(path));
                await File.WriteAllTextAsync(own, content);
                (await made.RunAsync("mount", "--bind", own, path)).Succeeded();
            }

            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    private static Process Hold(bool network)
    {
        string[] user = Environment.IsPrivilegedProcess ? [] : ["--map-root-user"];
        string[] net = network ? ["--net"] : [];
        return Process.Start(Tool.Command("unshare", [.. user, "--mount", .. net, "cat"], Tool.SystemPath))!;
    }

    private static string? FindMissing()
    {
        foreach (var network in new[] { false, true })
        {
            using var holder = Hold(network);
            holder.StandardInput.Close();
            var said = holder.StandardError.ReadToEnd();
            holder.WaitForExit();
            if (holder.ExitCode != 0)
            {
                return $"This user may not make a namespace: {said.Trim()} Run the tests as root.";
            }
        }

        return null;
    }

    /// <summary>The child has its own namespaces once it is <c>cat</c>: unshare replaces itself after it made them.</summary>
    private Task UntilEnteredAsync() => Tool.UntilAsync(
        async () => _holder.HasExited || await File.ReadAllTextAsync($"/proc/{_holder.Id}/comm") == "cat\n",
        "the namespace's holder",
        () => _holder.HasExited ? $"It ended with {_holder.ExitCode}." : "");
}
