using Headgate.Connector.Failover;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Failover;

public sealed class SummaryLineTests
{
    private static readonly ToolProfile s_backup = new("restic backup", true, false, true, 5);
    private static readonly ToolProfile s_restore = new("restic restore", true, true, false, 5);
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_ASuccess_NamesSnapshotAttemptsPathAndBytes() => Assert.Equal(
        "run 3 of job nightly succeeded: snapshot 1a2b3c4d, 1 attempt, gtw1 > gtw2, 3.0 MiB up, 1.5 KiB down, 62 s",
        SummaryLine.Of(Run(RunState.Succeeded, null, "1a2b3c4d5e6f", new("gtw1", 5, 2 << 20, 1024), new("gtw2", 1, 1 << 20, 512)), s_backup));

    [Fact]
    public void Of_ABackupWithoutASnapshot_SaysSoLoudly() => Assert.Equal(
        "run 3 of job nightly wrote NO SNAPSHOT: 1 attempt, 62 s. The tool wrote nothing.",
        SummaryLine.Of(Run(RunState.NoSnapshot, "The tool wrote nothing.", null), s_backup));

    [Fact]
    public void Of_ARestoreWithoutASnapshot_IsAsExpected() => Assert.Equal(
        "run 3 of job nightly is done (it writes no snapshot): 1 attempt, 62 s",
        SummaryLine.Of(Run(RunState.NoSnapshot, "The tool wrote nothing.", null), s_restore));

    [Theory]
    [InlineData(RunState.Failed, "failed")]
    [InlineData(RunState.Warning, "finished with warnings")]
    [InlineData(RunState.Cancelled, "was cancelled")]
    [InlineData(RunState.Lost, "was lost")]
    public void Of_AnythingElse_EndsWithTheReason(RunState state, string words)
    {
        var line = SummaryLine.Of(Run(state, "Because.", null), s_backup);
        Assert.StartsWith("run 3 of job nightly " + words + ": ", line, StringComparison.Ordinal);
        Assert.EndsWith(". Because.", line, StringComparison.Ordinal);
    }

    private static RunSummary Run(RunState state, string? reason, string? snapshot, params PathEntry[] path) =>
        new("nightly", 3, state, s_start, s_start.AddSeconds(62), 1, 0, reason, snapshot, path);
}
