using System.Globalization;
using System.Text;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Failover;

/// <summary>A run's end in one line.</summary>
internal static class SummaryLine
{
    /// <summary>Such as <c>run 3 of job nightly succeeded: snapshot 1a2b3c4d, 1 attempt, gtw1 > gtw2, 1.2 GiB up, 3.4 MiB down, 62 s</c>.</summary>
    public static string Of(RunSummary run, ToolProfile tool)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"run {run.Run} of job {run.Job} {Words(run.State, tool)}: ");
        if (run.Snapshot is { Length: > 0 } snapshot)
        {
            line.Append(CultureInfo.InvariantCulture, $"snapshot {snapshot[..Math.Min(8, snapshot.Length)]}, ");
        }

        line.Append(CultureInfo.InvariantCulture, $"{run.Attempts} {(run.Attempts == 1 ? "attempt" : "attempts")}");
        if (run.Path.Count > 0)
        {
            line.Append(", ").AppendJoin(" > ", run.Path.Select(entry => entry.Gateway));
            line.Append(CultureInfo.InvariantCulture, $", {ByteSize.Format(run.Path.Sum(entry => entry.BytesUp))} up");
            line.Append(CultureInfo.InvariantCulture, $", {ByteSize.Format(run.Path.Sum(entry => entry.BytesDown))} down");
        }

        if (run.Ended is { } ended)
        {
            line.Append(CultureInfo.InvariantCulture, $", {(ended - run.Started).TotalSeconds:0} s");
        }

        if (run.State != RunState.Succeeded && run.Reason is { Length: > 0 } reason && !IsExpected(run.State, tool))
        {
            line.Append(". ").Append(reason);
        }

        return line.ToString();
    }

    /// <summary>A state in words.</summary>
    public static string Words(RunState state, ToolProfile? tool = null) => state switch
    {
        RunState.Running => "is running",
        RunState.Retrying => "waits for its next attempt",
        RunState.Succeeded => "succeeded",
        RunState.Warning => "finished with warnings",
        RunState.NoSnapshot when tool is not null && IsExpected(state, tool) => "is done (it writes no snapshot)",
        RunState.NoSnapshot => "wrote NO SNAPSHOT",
        RunState.Failed => "failed",
        RunState.Cancelled => "was cancelled",
        RunState.Lost => "was lost",
        _ => state.ToString(),
    };

    private static bool IsExpected(RunState state, ToolProfile tool) => state == RunState.NoSnapshot && !tool.WritesSnapshot;
}
