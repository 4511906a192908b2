using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Another user of a machine on which our programs run, who owns nothing of theirs: he reads files, looks at processes, and dials what listens on loopback. The folders above theirs
/// are opened to him, so that what stops him is our own doing.
/// </summary>
[Collection(ProviderCollection.Name)]
[SupportedOSPlatform("linux")]
public sealed partial class LocalUserTests(Provider provider)
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED; // 0755
    private const string Nobody = "65534";

    [Fact]
    public async Task Files_OfEveryProgram_AreForTheirOwnersAlone()
    {
        SkipUnlessHeIsAnother();
        var world = provider.World;
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);

        // As programs leave them, he enters none.
        File.SetUnixFileMode(world.Folder, Open);
        string[] folders = [world.PathOf("server"), world.PathOf("gtw1"), world.PathOf("repo1"), Path.Combine(provider.AcmeDesk.Folder, "headgate")];
        foreach (var folder in folders)
        {
            var listed = await AsNobodyAsync("ls", folder);
            Assert.Contains("Permission denied", listed.Error, StringComparison.Ordinal);
        }

        // Even where an administrator made or opened a folder before, the files in it are closed. He can: read what a gateway counts, and certificates.
        foreach (var folder in folders)
        {
            File.SetUnixFileMode(folder, Open);
        }

        try
        {
            var readable = (await AsNobodyAsync("find", [.. folders, "-type", "f", "-readable"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(readable, path => Assert.Contains(Path.GetFileName(path), new[] { "status.json", "status.json.new" }));
            var writable = (await AsNobodyAsync("find", [.. folders, "(", "-type", "f", "-o", "-type", "d", "-o", "-type", "s", ")", "-writable"])).Output;
            Assert.Empty(writable);

            // The socket over which the server is administered.
            var dialled = await AsNobodyAsync("curl", "-sS", "--unix-socket", world.PathOf("server", "admin.sock"), "http://localhost/v1/authority");
            Assert.NotEqual(0, dialled.ExitCode);
            Assert.Empty(dialled.Output);
        }
        finally
        {
            foreach (var folder in folders)
            {
                File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Run_OnHisMachine_ShowsHimItsPortAndNoWayIn()
    {
        SkipUnlessHeIsAnother();
        var machine = await provider.Acme.EnrolAsync(provider.Fresh("shared"));
        var connect = Running.Start(
            Programs.Connector, ["connect", "--print", "--repository", "repo1", "--resolve", provider.World.Resolve], machine.Environment, null);
        await using (connect)
        {
            Match? line = null;
            await Tool.UntilAsync(() => (line = Url().Match(connect.Said)).Success, "the route to be open", () => connect.Said);
            var (secret, port) = (line!.Groups["secret"].Value, int.Parse(line.Groups["port"].Value, CultureInfo.InvariantCulture));
            var url = $"http://127.0.0.1:{port}/desk/config";

            // He finds the port, and it asks for the run's secret.
            foreach (string[] arguments in new[] { new string[] { }, ["-u", "headgate:"], ["-u", "headgate:guess"], ["-u", "headgate:" + secret[1..]] })
            {
                var answered = await AsNobodyAsync("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", .. arguments, url]);
                Assert.Equal("401", answered.Output);
            }

            // Which is in no command line, and in no environment that he may read.
            var processes = await AsNobodyAsync("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; cat /proc/[0-9]*/environ 2>/dev/null");
            Assert.Contains("connect", processes.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, processes.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(machine.Password, processes.Output, StringComparison.Ordinal);
            var environment = await AsNobodyAsync("cat", $"/proc/{connect.Pid}/environ");
            Assert.Contains("Permission denied", environment.Error, StringComparison.Ordinal);

            // Whoever has it is served: the owner of the line.
            Assert.Equal(
                "200", (await Tool.RunAsync("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-u", "headgate:" + secret, url])).Output);
        }
    }

    [Fact]
    public async Task State_WhenOthersMayReadTheKey_IsNotUsed()
    {
        SkipUnlessHeIsAnother();
        var machine = await provider.Acme.EnrolAsync(provider.Fresh("careless"));
        var key = Directory.EnumerateFiles(machine.Folder, "key.pem", SearchOption.AllDirectories).Single();
        (await machine.HeadgateAsync("status")).Succeeded();

        File.SetUnixFileMode(key, Open);
        var refused = await machine.HeadgateAsync("status");

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains($"chmod 600 {key}", refused.Error, StringComparison.Ordinal);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await machine.HeadgateAsync("status")).Succeeded();
    }

    [Fact]
    public async Task Enrol_WhereHeLaidLinks_WritesNothingThroughThem()
    {
        SkipUnlessHeIsAnother();
        var machine = new Machine(provider.World, "acme", provider.Fresh("links"));
        var folder = Directory.CreateDirectory(Path.Combine(machine.Folder, "headgate")).FullName;
        var victim = Path.Combine(machine.Folder, "victim");
        await File.WriteAllTextAsync(victim, "untouched");
        File.SetUnixFileMode(victim, Open);
        foreach (var name in new[] { "key.pem.new", "certificate.pem.new", "authority.pem.new", "identity.json.new" })
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), victim);
        }

        var code = await provider.World.CodeAsync("code", "connector", "acme");
        (await machine.HeadgateAsync("enroll", code, "--host-name", machine.HostName)).Succeeded();

        Assert.Equal("untouched", await File.ReadAllTextAsync(victim));
        Assert.Null(new FileInfo(Path.Combine(folder, "key.pem")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "key.pem")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    private static void SkipUnlessHeIsAnother() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only an administrator can act as another user.");

    private static Task<Finished> AsNobodyAsync(string program, params string[] arguments) => Tool.RunAsync(
        "setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", program, .. arguments], new Dictionary<string, string?> { ["HOME"] = "/nonexistent" });

    [GeneratedRegex(@"rest:http://headgate:(?<secret>[^@]+)@127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex Url();
}
