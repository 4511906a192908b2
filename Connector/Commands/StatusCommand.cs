using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Headgate.Connector.Failover;
using Headgate.Protocol;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate status</c>: tenant, quotas, jobs and their last runs.</summary>
internal sealed class StatusCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the provider's answer as JSON." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("status", "Show the tenant, its quotas and its jobs.");
        command.Options.Add(_json);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var session = Session.Open(common, parsed, console, time);
        var status = await session.Api.StatusAsync(stopping.Asked);
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(status, ProtocolJson.Default.TenantStatusAnswer));
            return ExitCodes.Ok;
        }

        var lease = status.LeaseEnds is { } ends ? string.Create(CultureInfo.InvariantCulture, $", service until {ends:yyyy-MM-dd}") : "";
        console.Output.WriteLine($"{status.DisplayName} ({status.Tenant}): {status.Status}{lease}; this machine is {status.Connector}");
        console.WriteTable(["Repository", "Used", "Limit", "", "Agentless access"], status.Quotas.Select(Row));
        foreach (var quota in status.Quotas.Where(quota => quota.IsOverSoftLimit))
        {
            console.Output.WriteLine(QuotaWords.Warning(quota));
        }

        console.WriteTable(["Job", "Kind", "Repository", "Last run", "Started", "Last snapshot"], status.Jobs.Select(Row));
        return ExitCodes.Ok;
    }

    private static string[] Row(QuotaStatus quota) =>
    [
        quota.Repository,
        ByteSize.Format(quota.UsedBytes),
        ByteSize.Format(quota.LimitBytes),
        quota.LimitBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * quota.UsedBytes / quota.LimitBytes:0.0} %") : "-",
        quota.AccessName,
    ];

    private static string[] Row(JobStatus job) =>
    [
        job.Job,
        job.Kind.ToString().ToLowerInvariant(),
        job.Repository,
        job.LastRun is { } run ? string.Create(CultureInfo.InvariantCulture, $"{run.Run} {Words(run)}") : "-",
        job.LastRun is { } last ? When(last.Started) : "-",
        job.LastGood is { } good ? When(good) : "never",
    ];

    // A run that was never meant to write a snapshot comes without a reason; one that should have, with it.
    private static string Words(RunSummary run) =>
        run.State == RunState.NoSnapshot && run.Reason is null ? "done (no snapshot)" : SummaryLine.Words(run.State);

    private static string When(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
