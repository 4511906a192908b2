using Headgate.Connector.Failover;

namespace Headgate.Connector.Tests.Failover;

[Collection(EnvironmentCollection.Name)]
public sealed class ResticPatienceTests
{
    [Theory]
    [InlineData("restic 0.17.1 compiled with go1.23.0 on linux/amd64", "0.17.1")]
    [InlineData("restic 0.18.0-dev (compiled manually) compiled with go1.24 on linux/amd64", "0.18.0")]
    [InlineData("restic 0.14.0", "0.14.0")]
    [InlineData("restic", null)]
    [InlineData("", null)]
    [InlineData("rclone v1.60.1", null)]
    [InlineData("restic x.y.z", null)]
    public void Parse_ReadsWhatResticSays(string answer, string? version) => Assert.Equal(version, ResticPatience.Parse(answer)?.ToString());

    [Theory]
    [InlineData("restic 0.17.1 compiled with go1.23.0", "backup /home", "--stuck-request-timeout=1200s backup /home")]
    [InlineData("restic 0.17.0 compiled with go1.23.0", "backup /home", "backup /home")]
    [InlineData("restic 0.14.0 compiled with go1.19.8", "backup /home", "backup /home")]
    [InlineData("restic 0.18.0 compiled with go1.24.0", "backup --stuck-request-timeout 9m /home", "backup --stuck-request-timeout 9m /home")]
    [InlineData("restic 0.18.0 compiled with go1.24.0", "--stuck-request-timeout=9m backup", "--stuck-request-timeout=9m backup")]
    [InlineData("", "backup /home", "backup /home")]
    public async Task Words_HaveTheFlagWhenResticKnowsItAndTheUserHasNotSetIt(string says, string arguments, string expected)
    {
        using var folder = new TemporaryFolder();
        var restic = Path.Combine(folder.Path, "restic");
        await File.WriteAllTextAsync(restic, $"#!/bin/sh\necho '{says}'\n");
        File.SetUnixFileMode(restic, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal($"nice {restic} {expected}", await WordsAsync($"nice {restic} {arguments}"));
    }

    [Theory]
    [InlineData("rsync -a a b")]
    [InlineData("/nowhere/restic backup /home")]
    public async Task Words_OfAnythingElse_StayAsTheyAre(string line) => Assert.Equal(line, await WordsAsync(line));

    private static async Task<string> WordsAsync(string line)
    {
        var tool = ToolCommandLine.Read(line.Split(' '), out _)!;
        return string.Join(' ', await ResticPatience.WordsAsync(tool, TimeSpan.FromMinutes(20), TimeProvider.System, CancellationToken.None));
    }
}
