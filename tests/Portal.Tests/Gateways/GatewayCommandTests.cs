using System.Diagnostics;
using System.Security.Cryptography;
using Headgate.Portal.Provider.Gateways;
using Headgate.Testing;

namespace Headgate.Portal.Tests.Gateways;

public sealed class GatewayCommandTests
{
    private const string Code = "hg1:gateway:gtw1:abcdefghijklmnopqrstuvwxyz@127.0.0.1:6181#fingerprint";

    public static TheoryData<string> Hostile { get; } =
    [
        "plain", "", " ", "it's", "'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "\"; touch pwned; \"", "a\\'b", "%s%n", "-n", "$HOME", "&& exit 3", "née 漢字 😀", "‘’‚‛", "#!", "~",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Sh_WhateverTheText_IsOneWordAndItself(string text)
    {
        using var folder = new TemporaryFolder();
        var (exit, output, error) = await ShellAsync($"printf '<%s>' {ShellQuote.Sh(text)} end", folder.Path);
        Assert.Equal((0, $"<{text}><end>", ""), (exit, output, error));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("it's", "'it''s'")]
    [InlineData("$(x) `y` \"z\" $env:A", "'$(x) `y` \"z\" $env:A'")]
    [InlineData("a\u2019; b\u2018\u201A\u201B", "'a\u2019\u2019; b\u2018\u2018\u201A\u201A\u201B\u201B'")]
    public void PowerShell_DoublesEveryApostropheThatItKnows(string text, string quoted) => Assert.Equal(quoted, ShellQuote.PowerShell(text));

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("a\u0085b")]
    [InlineData("a\0b")]
    public void Quote_WhenControlCharacters_Refuses(string text)
    {
        Assert.Throws<ArgumentException>(() => ShellQuote.Sh(text));
        Assert.Throws<ArgumentException>(() => ShellQuote.PowerShell(text));
        Assert.Throws<ArgumentException>(() => new GatewayCommand(new Archives(), text, "[::]:6180"));
    }

    [Theory]
    [InlineData("[::]:6180", true)]
    [InlineData("0.0.0.0:443", true)]
    [InlineData("[2001:db8::1]:6180", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.0.0.0:0", false)]
    [InlineData("gateway:6180", false)]
    [InlineData("[fe80::1%$(x)]:6180", false)]
    [InlineData("", false)]
    public void IsListen_TakesAddressesWithPorts(string text, bool isOne)
    {
        Assert.Equal(isOne, GatewayCommand.IsListen(text));
        if (!isOne)
        {
            Assert.Throws<ArgumentException>(() => new GatewayCommand(new Archives(), Code, text));
        }
    }

    [Fact]
    public async Task ForShell_WhenPasted_FetchesComparesInstallsAndHandsTheCodeOverAPipe()
    {
        using var folder = new TemporaryFolder();
        using var archives = await Archives.MakeAsync(folder.Path);
        var command = new GatewayCommand(archives, Code + "'$(touch pwned)", "[::]:6180").ForShell();
        var (exit, _, error) = await ShellAsync(command, folder.Path);
        Assert.True(exit == 0, error);
        Assert.Equal("--code - --listen [::]:6180", await ReadAsync(folder.Path, "arguments"));
        Assert.Equal(Code + "'$(touch pwned)", await ReadAsync(folder.Path, "input"));
        Assert.False(File.Exists(Path.Combine(folder.Path, "pwned")));
    }

    [Fact]
    public async Task ForShell_WhenTheArchiveIsAnother_StopsBeforeAnythingOfItRuns()
    {
        using var folder = new TemporaryFolder();
        using var archives = await Archives.MakeAsync(folder.Path);
        var command = new GatewayCommand(archives.WithHash(new string('0', 64)), Code, "[::]:6180").ForShell();
        var (exit, _, _) = await ShellAsync(command, folder.Path);
        Assert.NotEqual(0, exit);
        Assert.False(File.Exists(Path.Combine(folder.Path, "arguments")));
    }

    [Fact]
    public async Task ForShell_WhenForAFleet_TellsTheMachinesOwnAddress()
    {
        using var folder = new TemporaryFolder();
        using var archives = await Archives.MakeAsync(folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "bin", "hostname"), "#!/bin/sh\necho gtw9.backup.test\n");
        Archives.MakeExecutable(Path.Combine(folder.Path, "bin", "hostname"));
        var fleet = new FleetAddress(FleetAddressKind.HostName, 443, GatewayMode.Nat);
        var (exit, _, error) = await ShellAsync(new GatewayCommand(archives, Code, "[::]:6180").ForShell(fleet), folder.Path);
        Assert.True(exit == 0, error);
        Assert.Equal("--code - --listen [::]:6180 --address gtw9.backup.test:443 --mode nat", await ReadAsync(folder.Path, "arguments"));
    }

    [Fact]
    public void ForPowerShell_WhenThereAreArchives_ComparesBeforeItInstalls()
    {
        var archives = new Archives
        {
            Offered = [new DownloadInfo("gateway", "win-x64", "0.1.0", "headgate-gateway-0.1.0-win-x64.zip", new string('a', 64), 1)],
        };
        var command = new GatewayCommand(archives, "it\u2019s", "[::]:6180").ForPowerShell();
        Assert.Contains("'https://edge.test:6181/downloads/headgate-gateway-0.1.0-win-x64.zip'", command, StringComparison.Ordinal);
        Assert.True(command.IndexOf(new string('a', 64), StringComparison.Ordinal) < command.IndexOf("Expand-Archive", StringComparison.Ordinal));
        Assert.True(command.IndexOf("Expand-Archive", StringComparison.Ordinal) < command.IndexOf("install.ps1", StringComparison.Ordinal));
        Assert.Contains("-Code 'it\u2019\u2019s' -Options '--listen [::]:6180'", command, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutArchives_RunsTheProgramThatIsThere()
    {
        var command = new GatewayCommand(new Archives(), Code, "0.0.0.0:443");
        Assert.False(command.FetchesOnLinux);
        Assert.StartsWith("headgate-gateway run ", command.ForShell(), StringComparison.Ordinal);
        Assert.Contains($"--code '{Code}' --listen '0.0.0.0:443'", command.ForShell(), StringComparison.Ordinal);
        Assert.StartsWith("headgate-gateway.exe run ", command.ForPowerShell(), StringComparison.Ordinal);
        Assert.DoesNotContain("curl", command.ForShell() + command.ForPowerShell(), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(string folder, string name) => (await File.ReadAllTextAsync(Path.Combine(folder, name), TestContext.Current.CancellationToken)).TrimEnd('\n');

    // The folder's bin comes first on the PATH: a sudo that is none, so that the command runs as anybody.
    private static async Task<(int Exit, string Output, string Error)> ShellAsync(string command, string folder)
    {
        var token = TestContext.Current.CancellationToken;
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PATH"] = $"{folder}/bin:{Environment.GetEnvironmentVariable("PATH")}", ["HERE"] = folder, ["TMPDIR"] = folder },
        })!;
        var output = shell.StandardOutput.ReadToEndAsync(token);
        var error = shell.StandardError.ReadToEndAsync(token);
        await shell.WaitForExitAsync(token);
        return (shell.ExitCode, await output, await error);
    }

    /// <summary>Archives that are offered; one that can be fetched by curl from a folder.</summary>
    private sealed class Archives : IDownloads, IDisposable
    {
        public IReadOnlyList<DownloadInfo> Offered { get; init; } = [];

        public Uri BaseAddress { get; init; } = new("https://edge.test:6181/downloads/");

        public static void MakeExecutable(string path)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        public static async Task<Archives> MakeAsync(string folder)
        {
            var inside = Directory.CreateDirectory(Path.Combine(folder, "made", "headgate-gateway-0.1.0")).FullName;
            await File.WriteAllTextAsync(Path.Combine(inside, "install"), "#!/bin/sh\necho \"$*\" >\"$HERE/arguments\"\ncat >\"$HERE/input\"\n");
            MakeExecutable(Path.Combine(inside, "install"));
            Directory.CreateDirectory(Path.Combine(folder, "bin"));
            await File.WriteAllTextAsync(Path.Combine(folder, "bin", "sudo"), "#!/bin/sh\nexec \"$@\"\n");
            MakeExecutable(Path.Combine(folder, "bin", "sudo"));
            const string name = "headgate-gateway-0.1.0-linux-x64.tar.gz";
            using var tar = Process.Start("tar", ["-czf", Path.Combine(folder, name), "-C", Path.Combine(folder, "made"), "headgate-gateway-0.1.0"]);
            await tar.WaitForExitAsync();
            var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, name));
            return new Archives
            {
                BaseAddress = new Uri($"file://{folder}/"),
                Offered = [new DownloadInfo("gateway", "linux-x64", "0.1.0", name, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length)],
            };
        }

        public Archives WithHash(string hash) => new() { BaseAddress = BaseAddress, Offered = [.. Offered.Select(archive => archive with { Sha256 = hash })] };

        public IReadOnlyList<DownloadInfo> List() => Offered;

        public Stream? Open(string fileName) => null;

        public void Dispose()
        {
        }
    }
}
