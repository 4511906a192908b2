using Headgate.Protocol.Resume;
using Headgate.Repository.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>What can be set for sessions, and what is said when it cannot be.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void Validate_WhenSessionsLimitsCannotBe_SaysEachWithItsFlag()
    {
        var faults = RepositoryOptionsValidator.Validate(new RepositoryOptions
        {
            DataDirectory = "data",
            SessionWait = TimeSpan.Zero,
            MaxSessionsPerTenant = 0,
            SessionBytes = 1000,
        });
        Assert.Equal(
            ["--session-wait is 0 seconds: allowed is 1s to 24h.",
             "--sessions-per-tenant is 0: allowed is 1 to 10000.",
             "--session-memory is 1000 B: allowed is 1.0 MiB to 1.0 TiB."],
            faults);
        Assert.Empty(RepositoryOptionsValidator.Validate(new RepositoryOptions { DataDirectory = "data" }));
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("20m", 1200)]
    [InlineData("24h", 86400)]
    [InlineData("0s", 0)]
    [InlineData("9999999h", 9999999L * 3600)]
    public void Wait_WhenItIsATime_IsRead(string text, long seconds)
    {
        Assert.True(WaitText.TryParse(text, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(seconds), wait);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("20")]
    [InlineData("-1s")]
    [InlineData("1.5h")]
    [InlineData("00:20:00")]
    [InlineData("99999999h")]
    public void Wait_WhenItIsNone_IsNotRead(string text) => Assert.False(WaitText.TryParse(text, out _));

    [Fact]
    public async Task Program_WhenAskedForHelp_NamesEachLimitItsRangeAndItsDefault()
    {
        var (code, help) = await RepositoryProcess.RunAsync("run", "--help");
        Assert.Equal(0, code);
        var text = string.Join(' ', help.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
        Assert.All(
            (string[])["--session-wait", "Default 20m", "--sessions-per-tenant", "1 to 10000. Default 64", "--session-memory", "Default 256MiB"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--session-wait", "20", "such as 90s, 20m, 2h")]
    [InlineData("--session-wait", "48h", "allowed is 1s to 24h")]
    [InlineData("--session-memory", "much", "such as 500GiB")]
    [InlineData("--session-memory", "1000", "allowed is 1.0 MiB to 1.0 TiB")]
    [InlineData("--sessions-per-tenant", "0", "allowed is 1 to 10000")]
    public async Task Program_WhenALimitCannotBe_SaysWhatIsAllowedAndDoesNotStart(string flag, string value, string words)
    {
        using var folder = new TemporaryFolder();
        var (code, output) = await RepositoryProcess.RunAsync("run", "--data", folder["data"], flag, value);
        Assert.NotEqual(0, code);
        Assert.Contains(flag, output, StringComparison.Ordinal);
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Wait_WhenSaid_IsInWholeUnits()
    {
        Assert.Equal("20 minutes", WaitText.Say(TimeSpan.FromMinutes(20)));
        Assert.Equal("90 seconds", WaitText.Say(TimeSpan.FromSeconds(90)));
    }

    [Fact]
    public void End_WhenCounted_IsNamedByWhoEndedItAndWhy()
    {
        Assert.Equal("completed", RepositoryMetrics.NameOf(new SessionEnd(SessionEndKind.Completed, ResumeFault.None, "")));
        Assert.Equal("expired", RepositoryMetrics.NameOf(new SessionEnd(SessionEndKind.Expired, ResumeFault.Expired, "x")));
        Assert.Equal("ack-beyond-sent", RepositoryMetrics.NameOf(new SessionEnd(SessionEndKind.ResetByUs, ResumeFault.AckBeyondSent, "x")));
        Assert.Equal("peer-application-reset", RepositoryMetrics.NameOf(new SessionEnd(SessionEndKind.ResetByPeer, ResumeFault.ApplicationReset, "x")));
    }
}
