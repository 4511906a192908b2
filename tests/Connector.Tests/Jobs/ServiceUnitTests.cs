using System.Diagnostics;
using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>The unit that <c>headgate service install</c> writes, as systemd reads it.</summary>
public sealed class ServiceUnitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Systemd_WithWordsThatMeanSomethingThere_IsRead(bool isForUser)
    {
        using var folder = new TemporaryFolder();
        var text = ServiceUnit.Systemd("/bin/true", ["service", "--data", "/home/a b/50%/$x\"y"], isForUser);
        Assert.Contains("ExecStart=/bin/true service --data \"/home/a b/50%%/$$x\\\"y\"\n", text, StringComparison.Ordinal);
        Assert.Contains(isForUser ? "WantedBy=default.target" : "WantedBy=multi-user.target", text, StringComparison.Ordinal);
        Assert.Equal(isForUser ? 0 : 1, text.Split('\n').Count(line => line == "User=root"));
        Assert.Contains("\nOOMPolicy=continue\n", text, StringComparison.Ordinal);
        var unit = Path.Combine(folder.Path, ServiceUnit.UnitName);
        await File.WriteAllTextAsync(unit, text);
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed.");
        using var analyze = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", unit]) { RedirectStandardError = true })!;
        var said = await analyze.StandardError.ReadToEndAsync();
        await analyze.WaitForExitAsync();
        Assert.DoesNotContain(ServiceUnit.UnitName, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_WithPrint_PrintsAndChangesNothing()
    {
        var output = new StringWriter();
        using var stop = new Headgate.Connector.Failover.UserStop();
        var program = new ConnectorProgram(new ConnectorConsole(output, new StringWriter(), false, false), stop, TimeProvider.System);
        Assert.Equal(0, await program.RunAsync(["service", "install", "--print", "--data", "/srv/hg"]));
        Assert.Contains("service --data /srv/hg", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Type=notify", output.ToString(), StringComparison.Ordinal);
    }
}
