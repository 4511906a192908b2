using System.CommandLine;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>job list | show | cancel</c>.</summary>
internal sealed class JobCommands(ServerCommand server)
{
    private readonly Argument<string?> _anyTenant = new("TENANT") { Description = "Only this tenant's.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string> _tenant = new("TENANT") { Description = "The tenant's id." };
    private readonly Argument<string> _job = new("JOB") { Description = "The job's id." };

    public Command Create() => new("job", "Jobs.")
    {
        server.Talk("list", "Lists jobs with their last run.", [_anyTenant], ListAsync),
        server.Talk("show", "Shows a job's runs, their attempts and the gateways they went over.", [_tenant, _job], async (context, token) =>
            Show(context, await context.Server.GetAsync<JobInfo>(ManagementRoutes.Job(context.Get(_tenant), context.Get(_job)), token))),
        server.Talk("cancel", "Asks the open run to stop.", [_tenant, _job], async (context, token) =>
            Show(context, await context.Server.SendAsync<JobInfo>(
                HttpMethod.Post, ManagementRoutes.CancelJob(context.Get(_tenant), context.Get(_job)), null, token))),
    };

    private async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var jobs = await Pages.AllAsync<JobPage, JobInfo>(
            context.Server, ManagementRoutes.Jobs, page => (page.Items, page.Total), cancellationToken, context.Values.GetValue(_anyTenant));
        context.Screen.Records(
            jobs,
            ["tenant", "job", "mode", "repository", "last run", "began", "last good", "next"],
            job =>
            [
                job.Tenant,
                job.Job,
                job.Mode.ToString().ToLowerInvariant(),
                job.Repository,
                job.Runs is [var last, ..] ? last.Status.ToString() : "-",
                Texts.Time(job.Runs is [var run, ..] ? run.Started : null),
                Texts.Time(job.LastGood),
                Texts.Time(job.Plan?.Next),
            ],
            "There is no job yet.");
    }

    private static void Show(CommandContext context, JobInfo job)
    {
        if (context.Screen.IsJson)
        {
            context.Screen.Json(job);
            return;
        }

        context.Screen.Fields(
            ("job", $"{job.Tenant}/{job.Job}"),
            ("mode", job.Mode.ToString().ToLowerInvariant()),
            ("repository", job.Repository),
            ("last good", Texts.Time(job.LastGood)));
        context.Screen.Table(
            ["run", "status", "attempt", "connector", "tool", "began", "ended", "exit", "path", "resumes", "gaps", "why"],
            job.Runs.SelectMany(run => run.Attempts.Select((attempt, index) => new[]
            {
                index == 0 ? Texts.Number(run.Run) : "",
                index == 0 ? run.Status.ToString() : "",
                Texts.Number(attempt.Attempt),
                index == 0 ? run.Connector : "",
                index == 0 ? run.Tool : "",
                Texts.Time(attempt.Started),
                Texts.Time(attempt.Ended),
                attempt.ExitCode is { } code ? Texts.Number(code) : "-",
                attempt.Path.IsEmpty ? "-" : string.Join(" > ", attempt.Path.Select(step => $"{step.Gateway} {ByteSize.Format(step.BytesUp + step.BytesDown)}")),
                Texts.Number(attempt.Gaps.Resumes),
                attempt.Gaps.Resumes == 0 ? "-" : FormattableString.Invariant($"{attempt.Gaps.Milliseconds / 1000.0:0.###} s, longest {attempt.Gaps.LongestMilliseconds / 1000.0:0.###} s"),
                attempt.Reason ?? (attempt.Ended is null ? null : run.Reason) ?? "",
            })),
            "The job has no run yet.");
    }
}
