using Headgate.Repository.Quota;

namespace Headgate.Repository.Tests;

/// <summary>Who a host is and which of its processes speaks, kept in the data folder.</summary>
public sealed class LeaseHostTests
{
    [Fact]
    public void Open_WhenTheFolderIsNew_MakesAHostThatStaysAndEpochsThatRise()
    {
        using var folder = new TemporaryFolder();
        using var other = new TemporaryFolder();
        var time = new ManualTimeProvider();
        var first = LeaseHost.Open(folder["data"], time);
        var second = LeaseHost.Open(folder["data"], time);
        time.Advance(TimeSpan.FromHours(1));
        var third = LeaseHost.Open(folder["data"], time);

        Assert.Matches("^[0-9a-f]{16}$", first.Host);
        Assert.Equal([first.Host, first.Host], new[] { second.Host, third.Host });
        Assert.NotEqual(first.Host, LeaseHost.Open(other["data"], time).Host);
        Assert.Equal([0, 1, 3_600_000], new[] { first, second, third }.Select(host => host.Epoch - first.Epoch));
        Assert.Equal(["lease-epoch", "lease-host"], Directory.EnumerateFiles(folder["data"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Open_WhenTheClockWasSetBack_RisesAllTheSame()
    {
        using var folder = new TemporaryFolder();
        var before = LeaseHost.Open(folder["data"], TimeProvider.System);
        var after = LeaseHost.Open(folder["data"], new ManualTimeProvider(DateTimeOffset.UnixEpoch));
        Assert.Equal(before.Epoch + 1, after.Epoch);
    }

    [Theory]
    [InlineData("lease-host", "")]
    [InlineData("lease-host", "0123456789abcde")]
    [InlineData("lease-host", "0123456789ABCDEF")]
    [InlineData("lease-host", "../../etc/passwd")]
    [InlineData("lease-epoch", "")]
    [InlineData("lease-epoch", "-1")]
    [InlineData("lease-epoch", "9223372036854775807")]
    public void Open_WhenAFileCannotBe_RefusesToStartAndNamesIt(string file, string content)
    {
        using var folder = new TemporaryFolder();
        LeaseHost.Open(folder["data"], TimeProvider.System);
        File.WriteAllText(Path.Combine(folder["data"], file), content);
        var fault = Assert.Throws<IOException>(() => LeaseHost.Open(folder["data"], TimeProvider.System));
        Assert.Contains(Path.Combine(folder["data"], file), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhenAProcessDiedWhileItWrote_GoesOnFromTheOldFile()
    {
        using var folder = new TemporaryFolder();
        var before = LeaseHost.Open(folder["data"], TimeProvider.System);
        File.WriteAllText(Path.Combine(folder["data"], "lease-epoch.new"), "17");
        Assert.True(LeaseHost.Open(folder["data"], TimeProvider.System).Epoch > before.Epoch);
    }
}
