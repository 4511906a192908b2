using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Connector.Forwarding;

namespace Headgate.Connector.Tests.Failover;

public sealed class ExitMeaningTests
{
    private static readonly ToolProfile s_restic = new("restic backup", true, false, true, 5);
    private static readonly ToolProfile s_script = new("nightly.sh", false, false, true, 5);

    [Theory]
    [InlineData(0, "Finished")]
    [InlineData(1, "Retry")]
    [InlineData(2, "Failed")]
    [InlineData(3, "Finished")]
    [InlineData(10, "Failed")]
    [InlineData(11, "Failed")]
    [InlineData(12, "Failed")]
    [InlineData(130, "Cancelled")]
    [InlineData(137, "Failed")]
    [InlineData(143, "Cancelled")]
    public void Judge_OfResticAfterLosses_FollowsItsCodes(int code, string verdict) => Check(s_restic, code, Lost(), verdict);

    [Theory]
    [InlineData(0, "Finished")]
    [InlineData(1, "Failed")]
    [InlineData(3, "Finished")]
    [InlineData(12, "Failed")]
    public void Judge_OfResticWithoutATroubledConnection_NeverRetries(int code, string verdict) => Check(s_restic, code, new AttemptRecord(TimeProvider.System), verdict);

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(99)]
    public void Judge_OfAnotherTool_RetriesWhateverFailedAfterLosses(int code)
    {
        Check(s_script, code, Lost(), "Retry");
        Check(s_script, code, new AttemptRecord(TimeProvider.System), "Failed");
    }

    [Fact]
    public void Judge_WhenGatewaysFailed_NamesEachWithWhy()
    {
        var record = new AttemptRecord(TimeProvider.System);
        record.AddFailure(new DialAttempt("gtw1", "192.0.2.1:6180", DialFailure.ConnectionRefused, "connection refused"));
        record.AddFailure(new DialAttempt("gtw1", "192.0.2.1:6180", DialFailure.ConnectionRefused, "connection refused"));
        record.AddServerError();
        var (verdict, sentence) = ExitMeaning.Judge(s_restic, 1, record);
        Assert.Equal(AttemptVerdict.Retry, verdict);
        Assert.Equal(
            "restic backup ended with exit code 1; the repository answered 1 requests with an error of its own; "
            + "gateways failed: gtw1 192.0.2.1:6180: connection refused.",
            sentence);
    }

    private static void Check(ToolProfile tool, int code, AttemptRecord record, string verdict) =>
        Assert.Equal(verdict, ExitMeaning.Judge(tool, code, record).Verdict.ToString());

    private static AttemptRecord Lost()
    {
        var record = new AttemptRecord(TimeProvider.System);
        record.AddLoss();
        return record;
    }
}
