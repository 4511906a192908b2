using System.CommandLine;
using System.Globalization;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;

namespace Headgate.Server.Commands;

/// <summary><c>headgate-server drill</c>: failover drills.</summary>
internal sealed class DrillCommands(ServerCommand root)
{
    // What more drills said is in --json and in the portal.
    private const int Told = 5;

    private readonly Option<string?> _repository = new("--repository") { Description = "The repository that it writes to, and deletes from again. Default: the only one.", HelpName = "ID" };
    private readonly Option<string?> _pool = new("--pool") { Description = "The pool whose gateways it tries. Default: default.", HelpName = "ID" };

    public Command Create() => new("drill", "Failover drills: a small copy run whose path is closed at the gateway that carries it, and at no other run.")
    {
        root.Talk("start", "Starts a drill; it takes about 15 seconds.", [_repository, _pool], async (context, token) =>
            Show(context, await context.Server.SendAsync<DrillInfo>(
                HttpMethod.Post, ManagementRoutes.Drills, new NewDrill(context.Get(_repository), context.Get(_pool)), token))),
        Schedule(),
        root.Talk("list", "Lists the last 100 drills, and when the next one begins by itself.", [], ListAsync),
    };

    private Command Schedule()
    {
        var cron = new Option<string?>("--cron") { Description = "When drills begin by themselves, in UTC, such as '0 4 * * 1' for Mondays at 4.", HelpName = "EXPRESSION" };
        var off = new Option<bool>("--off") { Description = "End the schedule." };
        var command = root.Talk("schedule", "Sets when drills begin by themselves, or ends that.", [cron, off, _repository, _pool], async (context, token) =>
        {
            var book = context.Get(off)
                ? await context.Server.SendAsync<DrillBook>(HttpMethod.Delete, ManagementRoutes.DrillSchedule, null, token)
                : await context.Server.SendAsync<DrillBook>(
                    HttpMethod.Put, ManagementRoutes.DrillSchedule, new NewDrillSchedule(context.Get(cron)!, context.Get(_repository), context.Get(_pool)), token);
            if (context.Screen.IsJson)
            {
                context.Screen.Json(book);
                return;
            }

            Show(context, book.Schedule);
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(cron) is null == !result.GetValue(off))
            {
                result.AddError("Give either --cron EXPRESSION or --off.");
            }
        });
        return command;
    }

    private static void Show(CommandContext context, DrillSchedule? schedule)
    {
        if (schedule is null)
        {
            context.Screen.Line("Drills begin by hand only.");
            return;
        }

        context.Screen.Fields(("cron", schedule.Cron + " (UTC)"), ("next", Texts.Time(schedule.Due)), ("repository", schedule.Repository), ("pool", schedule.Pool));
    }

    private static async Task ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var book = await context.Server.GetAsync<DrillBook>(ManagementRoutes.Drills, cancellationToken);
        if (context.Screen.IsJson)
        {
            context.Screen.Json(book);
            return;
        }

        Show(context, book.Schedule);
        context.Screen.Table(
            ["drill", "state", "repository", "pool", "asked by", "began", "path", "moved within", "longest gap", "right"],
            book.Drills.Select(drill => new[]
            {
                Texts.Number(drill.Number),
                drill.State.ToString(),
                drill.Repository,
                drill.Pool,
                drill.AskedBy,
                Texts.Time(drill.Started),
                drill.Report is { From: { } from } moved ? string.Join(" > ", [from, .. moved.To]) : "-",
                Seconds(drill.Report?.PauseMilliseconds),
                Seconds(drill.Report?.LongestGapMilliseconds),
                drill.Report is { } report ? FormattableString.Invariant($"{report.Right} of {report.Objects}, {ByteSize.Format(report.Bytes)}") : "-",
            }),
            "There was no drill yet.");
        foreach (var drill in book.Drills.Take(Told).Where(drill => drill.Sentence is not null))
        {
            context.Screen.Line($"{drill.Number}: {drill.Sentence}");
        }
    }

    private static void Show(CommandContext context, DrillInfo drill) => context.Screen.Record(
        drill,
        ("drill", Texts.Number(drill.Number)),
        ("state", drill.State.ToString()),
        ("repository", drill.Repository),
        ("pool", drill.Pool));

    private static string Seconds(long? milliseconds) =>
        milliseconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1000.0:0.00} s") : "-";
}
