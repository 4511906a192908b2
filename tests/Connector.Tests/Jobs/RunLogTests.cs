using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>Logs of runs, and files of variables.</summary>
public sealed class RunLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Begin_WhenThereAreMoreThanAreKept_DeletesTheOldest()
    {
        for (var i = 0; i < 5; i++)
        {
            using var log = RunLog.Begin(_folder.Path, 3, _time);
            log.Write("restic", $"run {i}");
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(["2030-01-01T04-00-00Z", "2030-01-01T03-00-00Z", "2030-01-01T02-00-00Z"], RunLog.Names(_folder.Path));
        Assert.Equal("2030-01-01 04:00:00 restic: run 4\n", File.ReadAllText(RunLog.PathOf(_folder.Path, "2030-01-01T04-00-00Z")));
    }

    [Fact]
    public void Write_WhenItIsLong_KeepsTheBeginningAndTheEnd()
    {
        string name;
        using (var log = RunLog.Begin(_folder.Path, 3, _time, headBytes: 1000, tailBytes: 500))
        {
            name = log.Name;
            for (var i = 0; i < 10_000; i++)
            {
                log.Write("restic", $"line {i}");
            }
        }

        var lines = File.ReadAllLines(RunLog.PathOf(_folder.Path, name));
        Assert.True(new FileInfo(RunLog.PathOf(_folder.Path, name)).Length < 1600);
        Assert.EndsWith("restic: line 0", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("restic: line 9999", lines[^1], StringComparison.Ordinal);
        Assert.Single(lines, line => line.EndsWith("bytes are left out here]", StringComparison.Ordinal));
    }

    [Fact]
    public void Begin_WhenTwiceInASecond_GivesEachItsOwn()
    {
        using var first = RunLog.Begin(_folder.Path, 30, _time);
        using var second = RunLog.Begin(_folder.Path, 30, _time);
        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal(2, RunLog.Names(_folder.Path).Count);
    }

    [Fact]
    public void Read_WhenVariables_TakesThemAsWritten()
    {
        var file = Write("# for restic\n\nexport RESTIC_PASSWORD='a # b=c '\nEMPTY=\n  TMPDIR=/var/tmp  \nQ=\"x\"\n");
        var variables = EnvironmentFile.Read(file);
        Assert.Equal(("a # b=c ", "", "/var/tmp", "x"), (variables["RESTIC_PASSWORD"], variables["EMPTY"], variables["TMPDIR"], variables["Q"]));
        Assert.Equal(4, variables.Count);
    }

    [Fact]
    public void Read_WhenOthersMayRead_Refuses()
    {
        var file = Write("A=b\n");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var failure = Assert.Throws<ConnectorFailureException>(() => EnvironmentFile.Read(file));
        Assert.Contains("chmod 600", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhenALineCannotBe_NamesTheLineAndNotWhatItSays()
    {
        var failure = Assert.Throws<ConnectorFailureException>(() => EnvironmentFile.Read(Write("A=b\nhunter2\n")));
        Assert.Contains("Line 2", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string text)
    {
        var file = Path.Combine(_folder.Path, "variables");
        File.WriteAllText(file, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return file;
    }
}
