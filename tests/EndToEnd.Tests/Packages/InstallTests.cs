using System.Diagnostics;
using Headgate.Testing;

namespace Headgate.EndToEnd.Tests.Packages;

/// <summary>What an archive is, and what its <c>install</c> does with a machine, short of running the program.</summary>
[Collection(ArchivesCollection.Name)]
public sealed class InstallTests(Archives archives) : IDisposable
{
    /// <summary>In tenths, as systemd-analyze takes it. What is left: the network, an ambient capability, memory that .NET compiles into.</summary>
    private const int Exposure = 20;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Services => ["server", "gateway", "repository"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("server")]
    [InlineData("gateway")]
    [InlineData("repository")]
    [InlineData("connector")]
    public async Task Archive_OfAProgram_HasNoTraceOfWhoMadeItWhen(string program)
    {
        var lines = (await Tool.RunAsync("tar", ["--numeric-owner", "--full-time", "-tvzf", archives.Of(program)])).Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(["0/0"], lines.Select(line => line[1]).Distinct());
        Assert.Single(lines.Select(line => line[3] + " " + line[4]).Distinct());
        Assert.Equal(["-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"], lines.Select(line => line[0]).Distinct().Order(StringComparer.Ordinal));
        var names = lines.Select(line => line[5]).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.All(names, name => Assert.StartsWith($"headgate-{program}-{archives.Version}/", name, StringComparison.Ordinal));

        var sums = await File.ReadAllLinesAsync(Path.Combine(archives.Folder, "SHA256SUMS"));
        Assert.Contains($"{Archives.Sha256(archives.Of(program))}  {Path.GetFileName(archives.Of(program))}", sums);
    }

    [Fact]
    public async Task Publish_OfTheSameSource_GivesTheSameBytes()
    {
        var again = _folder["again"];
        (await Tool.RunAsync(
            Path.Combine(Programs.Root, "publish"), ["--output", again, "--runtime", Archives.Runtime, "connector"], deadline: TimeSpan.FromMinutes(5))).Succeeded();
        Assert.Equal(Archives.Sha256(archives.Of("connector")), Archives.Sha256(Directory.GetFiles(again, "*.tar.gz").Single()));
    }

    [Theory]
    [InlineData("--runtime", "osx-arm64")]
    [InlineData("--version", "1.0")]
    [InlineData("--version", "")]
    [InlineData("--output")]
    [InlineData("silo")]
    public async Task Publish_WithWhatCannotBe_SaysWhatCan(params string[] arguments)
    {
        var refused = await Tool.RunAsync(Path.Combine(Programs.Root, "publish"), arguments);
        Assert.Equal(2, refused.ExitCode);
        Assert.NotEmpty(refused.Error);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Unit_OfAService_IsValidAndSandboxed(string program)
    {
        (await StageAsync(program, "")).Succeeded();
        var unit = _folder[$"root/etc/systemd/system/headgate-{program}.service"];
        foreach (var target in new[] { "sysinit", "basic", "shutdown", "network-online", "multi-user" })
        {
            // What every system has, and a staged root has not.
            await File.WriteAllTextAsync(_folder[$"root/etc/systemd/system/{target}.target"], "[Unit]\nDescription=" + target + "\nDefaultDependencies=no\n");
        }

        var verified = await Tool.RunAsync("systemd-analyze", ["verify", "--root=" + _folder["root"], $"headgate-{program}.service"], Tool.SystemPath);
        Assert.True(verified.ExitCode == 0 && !verified.Error.Contains($"headgate-{program}", StringComparison.Ordinal), verified.Output + verified.Error);

        var security = await Tool.RunAsync("systemd-analyze", ["security", "--offline=yes", "--no-pager", $"--threshold={Exposure}", unit], Tool.SystemPath);
        Assert.True(security.ExitCode == 0, security.Output + security.Error);

        // The check can fail: without its sandbox the same unit is far above.
        var bare = _folder["headgate-bare.service"];
        await File.WriteAllLinesAsync(bare, File.ReadLines(unit).Where(line => !line.StartsWith("Protect", StringComparison.Ordinal) && !line.StartsWith("SystemCall", StringComparison.Ordinal)));
        Assert.NotEqual(0, (await Tool.RunAsync("systemd-analyze", ["security", "--offline=yes", "--no-pager", $"--threshold={Exposure}", bare], Tool.SystemPath)).ExitCode);
    }

    [Fact]
    public async Task Install_Again_KeepsConfigurationUnlessOptionsAreGiven()
    {
        (await StageAsync("gateway", "--listen 198.51.100.1:6180 --drain-timeout 20")).Succeeded();
        var conf = _folder["root/etc/headgate/gateway.conf"];
        const string Options = "HEADGATE_ARGS=\"--listen 198.51.100.1:6180 --drain-timeout 20\"";
        Assert.Contains(Options, await File.ReadAllLinesAsync(conf));
        await File.AppendAllTextAsync(conf, "# a note of the operator's\n");
        (await StageAsync("gateway", "")).Succeeded();
        Assert.Contains(Options, await File.ReadAllLinesAsync(conf));
        (await StageAsync("gateway", "--listen [::]:443")).Succeeded();
        var lines = await File.ReadAllLinesAsync(conf);
        Assert.Equal(["HEADGATE_ARGS=\"--listen [::]:443\""], lines.Where(line => line.StartsWith("HEADGATE_ARGS=", StringComparison.Ordinal)));
        Assert.Contains("# a note of the operator's", lines);
    }

    [Fact]
    public async Task Install_OfAnOlderVersion_IsRefusedUnlessMeant()
    {
        (await StageAsync("server", "--zone demo.test", archives.NewerServer)).Succeeded();
        var current = new FileInfo(_folder["root/opt/headgate/server/current"]);
        Assert.Equal(archives.Newer, current.LinkTarget);
        var refused = await StageAsync("server", "");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{archives.Newer} is installed, newer than this {archives.Version}", refused.Error, StringComparison.Ordinal);
        Assert.Equal(archives.Newer, new FileInfo(current.FullName).LinkTarget);
        (await StageAsync("server", "--downgrade")).Succeeded();
        Assert.Equal(archives.Version, new FileInfo(current.FullName).LinkTarget);
    }

    [Fact]
    public async Task Install_OfANewerConnector_KeepsTheVersionBeforeAndThoseThatRun()
    {
        foreach (var version in (string[])["0.0.1", "0.0.2"])
        {
            (await StageAsync("connector", "", version: version)).Succeeded();
        }

        // Of 0.0.1 a run goes on.
        var program = _folder["root/opt/headgate/connector/0.0.1/run"];
        File.Copy("/bin/sleep", program);
        using (var run = Process.Start(program, "600"))
        {
            (await StageAsync("connector", "", version: "0.0.3")).Succeeded();
            Assert.Equal(["0.0.1", "0.0.2", "0.0.3", "current"], Versions());
            (await StageAsync("connector", "", version: "0.0.4")).Succeeded();
            Assert.Equal(["0.0.1", "0.0.3", "0.0.4", "current"], Versions());
            run.Kill();
            await run.WaitForExitAsync();
        }

        (await StageAsync("connector", "")).Succeeded();
        Assert.Equal(["0.0.4", archives.Version, "current"], Versions());

        string[] Versions() => [.. Directory.GetDirectories(_folder["root/opt/headgate/connector"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Install_WithStorageElsewhere_LetsTheUnitWriteThere()
    {
        (await StageAsync("repository", "--path /srv/backup --listen 10.0.2.5:6183")).Succeeded();
        Assert.Equal("[Service]\nReadWritePaths=/srv/backup\n", await File.ReadAllTextAsync(_folder["root/etc/systemd/system/headgate-repository.service.d/storage.conf"]));
        var removed = (await Tool.RunAsync(_folder["root/opt/headgate/repository/current/uninstall"], ["--root", _folder["root"], "--purge"])).Succeeded();
        Assert.Contains("/srv/backup stays", removed.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["root"], "*headgate*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("gateway", "--data /elsewhere", "data folder is /var/lib/headgate-gateway")]
    [InlineData("gateway", "--listen '1.2.3.4:1; reboot'", "character")]
    [InlineData("gateway", "--listen '$(reboot)'", "character")]
    [InlineData("gateway", "--code hg1:gateway:gtw1:x@y:1#z", "no --code")]
    [InlineData("connector", "--listen 1.2.3.4:1", "Unknown")]
    public async Task Install_WithWhatCannotBe_SaysSoAndLeavesNothing(string program, string arguments, string said)
    {
        var refused = await StageAsync(program, arguments);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["root/opt"]));
    }

    [Fact]
    public async Task Install_WithABadCode_IsInstalledNotEnrolledAndTakesAnother()
    {
        Assert.SkipWhen(Host.Missing is not null, Host.Missing ?? "");
        await using var host = await Host.StartAsync("edge", "10.66.1.1");
        var failed = await host.InstallAsync(archives.Of("gateway"), "--listen 127.0.0.1:6180", new Dictionary<string, string> { ["HEADGATE_CODE"] = "hg1:gateway:nonsense" });
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("not enrolled", failed.Error, StringComparison.Ordinal);
        Assert.Equal(archives.Version, (await host.RunAsync("readlink /opt/headgate/gateway/current")).Output.Trim());
        (await host.RunAsync("test -z \"$(ls -A /var/lib/headgate-gateway)\" && headgate-gateway --help")).Succeeded();
    }

    private async Task<Finished> StageAsync(string program, string arguments, string? archive = null, string? version = null)
    {
        var folder = _folder[Guid.NewGuid().ToString("N")];
        Directory.CreateDirectory(folder);
        (await Tool.RunAsync("tar", ["-C", folder, "-xzf", archive ?? archives.Of(program)])).Succeeded();
        if (version is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(Directory.GetDirectories(folder).Single(), "VERSION"), version + "\n");
        }

        return await Tool.RunAsync("sh", ["-c", $"{Directory.GetDirectories(folder).Single()}/install --root {_folder["root"]} {arguments}"]);
    }
}
