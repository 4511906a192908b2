using Headgate.Connector.Failover;

namespace Headgate.Connector.Tests.Failover;

public sealed class ToolCommandLineTests
{
    [Theory]
    [InlineData("restic backup -r /srv /home")]
    [InlineData("restic -r /srv backup /home")]
    [InlineData("restic -r/srv backup /home")]
    [InlineData("restic -r=/srv backup /home")]
    [InlineData("restic -qr /srv backup /home")]
    [InlineData("restic -vvqr/srv backup /home")]
    [InlineData("restic --repo /srv backup /home")]
    [InlineData("restic --repo=/srv backup /home")]
    [InlineData("restic backup /home --repo=rest:http://u:p@h/")]
    [InlineData("restic --repository-file /f backup /home")]
    [InlineData("restic --repository-file=/f backup /home")]
    [InlineData("/usr/local/bin/restic -r /srv snapshots")]
    [InlineData("restic.exe -r D:\\x snapshots")]
    [InlineData("restic_0.16.4_linux_amd64 -r /srv snapshots")]
    [InlineData("nice -n 10 restic -r /srv snapshots")]
    public void Read_WhenResticIsGivenARepository_Refuses(string line)
    {
        Assert.Null(ToolCommandLine.Read(line.Split(' '), out var refusal));
        Assert.Contains("cannot be given to restic here", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("u:p", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("restic backup /home")]
    [InlineData("restic -p/r backup /home")]
    [InlineData("restic -pr backup /home")]
    [InlineData("restic -qp repo backup /home")]
    [InlineData("restic backup -e*.r /home")]
    [InlineData("restic --password-file r --retry-lock 5m backup /home")]
    [InlineData("restic copy --from-repo /srv")]
    [InlineData("restic backup -- -r")]
    [InlineData("restic backup --read-concurrency 4 /home")]
    [InlineData("rsync -r a b")]
    public void Read_WhenNothingNamesARepository_Takes(string line)
    {
        var tool = ToolCommandLine.Read(line.Split(' '), out var refusal);
        Assert.Null(refusal);
        Assert.Equal(line.Split(' '), tool!.Words);
    }

    [Theory]
    [InlineData("restic backup /home", "restic backup", false, true, 5)]
    [InlineData("restic --password-file restore backup /home", "restic backup", false, true, 5)]
    [InlineData("restic -v -p f backup --dry-run /home", "restic backup", false, false, 5)]
    [InlineData("restic backup -n /home", "restic backup", false, false, 5)]
    [InlineData("restic -o rest.connections=12 restore latest", "restic restore", true, false, 12)]
    [InlineData("restic --option=rest.connections=2 check", "restic check", true, false, 2)]
    [InlineData("restic -orest.connections=3 ls latest", "restic ls", true, false, 3)]
    [InlineData("restic -o rest.connections=0 mount /mnt", "restic mount", true, false, 5)]
    [InlineData("restic forget --prune", "restic forget", false, false, 5)]
    [InlineData("restic unlock", "restic unlock", false, false, 5)]
    [InlineData("restic secret-thing", "restic", false, false, 5)]
    [InlineData("restic", "restic", false, false, 5)]
    public void Read_OfRestic_KnowsTheSubcommand(string line, string name, bool readsOnly, bool writesSnapshot, int connections)
    {
        var profile = ToolCommandLine.Read(line.Split(' '), out _)!.Profile;
        Assert.Equal(new ToolProfile(name, true, readsOnly, writesSnapshot, connections), profile);
    }

    [Theory]
    [InlineData("snapshots")]
    [InlineData("find")]
    [InlineData("dump")]
    [InlineData("stats")]
    [InlineData("diff")]
    [InlineData("cat")]
    [InlineData("list")]
    public void Read_OfAReader_AsksForNoRightToWrite(string subcommand) =>
        Assert.True(ToolCommandLine.Read(["restic", subcommand], out _)!.Profile.ReadsOnly);

    [Fact]
    public void Read_OfAnotherTool_IsThatTool()
    {
        var profile = ToolCommandLine.Read(["/opt/bin/nightly.sh", "--secret", "x"], out _)!.Profile;
        Assert.Equal("nightly.sh", profile.Name);
        Assert.False(profile.IsRestic);
        Assert.False(profile.ReadsOnly);
    }
}
