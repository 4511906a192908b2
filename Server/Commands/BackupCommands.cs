using System.CommandLine;
using Headgate.Protocol.Naming;
using Headgate.Server.Backup;

namespace Headgate.Server.Commands;

/// <summary><c>backup</c> and <c>restore</c>.</summary>
internal sealed class BackupCommands(TextWriter output, TimeProvider time)
{
    private readonly Argument<string> _file = new("FILE") { Description = "The backup." };

    private readonly DatabaseOptions _database = new();

    private readonly Option<string?> _passphrase = new("--passphrase-file")
    {
        Description = $"File whose first line is the backup's passphrase. Default: the environment variable {Passphrase.Variable}.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _replace = new("--replace") { Description = "Replace FILE if it is there." };

    private readonly Option<bool> _withoutSecret = new("--without-operator-secret")
    {
        Description = "Leave operator.secret out. Without it the backup cannot be restored: keep it elsewhere.",
    };

    /// <summary>Makes both.</summary>
    public IEnumerable<Command> Create()
    {
        var backup = new Command("backup", "Writes all that a server needs to go on elsewhere into one encrypted file, while it runs or not.")
        {
            _file, _passphrase, _replace, _withoutSecret,
        };
        _database.AddTo(backup);
        backup.SetAction(BackupAsync);
        var restore = new Command("restore", "Restores a backup into an empty data directory; gateways, repositories and connectors go on without enrolling again.")
        {
            _file, _passphrase,
        };
        _database.AddTo(restore);
        restore.SetAction(RestoreAsync);
        return [backup, restore];
    }

    private static string Summary(IReadOnlyDictionary<string, long> counts) => string.Join(", ", counts.Select(count => $"{count.Value} {(count.Value == 1 ? count.Key : Plural(count.Key))}"));

    private static string Plural(string noun) => noun.EndsWith('y') ? noun[..^1] + "ies" : noun + "s";

    private async Task<int> BackupAsync(ParseResult values, CancellationToken cancellationToken)
    {
        var target = values.GetRequiredValue(_file);
        var passphrase = Passphrase.Load(values.GetValue(_passphrase));
        if (Directory.Exists(target))
        {
            throw new BackupException($"{target} is a directory; name a file in it, such as {Path.Combine(target, "headgate.backup")}.");
        }

        if (File.Exists(target) && !values.GetValue(_replace))
        {
            throw new BackupException($"{target} is there already. Name another file, or add --replace.");
        }

        var maker = new BackupMaker(values.GetRequiredValue(ServerCommand.Data), _database.Choose(values), target, passphrase, time)
        {
            WithOperatorSecret = !values.GetValue(_withoutSecret),
        };
        var report = await maker.MakeAsync(cancellationToken);
        var screen = new Screen(output, values.GetValue(ServerCommand.Json));
        screen.Record(
            report,
            ("backup", report.File),
            ("size", ByteSize.Format(report.Bytes)),
            ("as of", Texts.Time(report.Taken)),
            ("holds", Summary(report.Counts)),
            ("authority", report.Fingerprint),
            ("operator secret", report.OperatorSecret ? "in it" : "NOT in it: nobody can restore this backup without it. Keep it elsewhere."),
            ("server", report.ServerRuns ? "runs, was asked" : "does not run, its files were read"));
        return ExitCodes.Done;
    }

    private async Task<int> RestoreAsync(ParseResult values, CancellationToken cancellationToken)
    {
        var passphrase = Passphrase.Load(values.GetValue(_passphrase));
        var restorer = new BackupRestorer(values.GetRequiredValue(_file), values.GetRequiredValue(ServerCommand.Data), _database.Choose(values), passphrase, time);
        var report = await restorer.RestoreAsync(cancellationToken);
        var screen = new Screen(output, values.GetValue(ServerCommand.Json));
        if (screen.IsJson)
        {
            screen.Json(report);
            return ExitCodes.Done;
        }

        screen.Fields(
            ("restored to", report.Data),
            ("database", report.Database),
            ("as of", Texts.Time(report.Taken)),
            ("made by", $"headgate-server {report.Program} on {report.Host}"),
            ("holds", Summary(report.Counts)),
            ("authority", report.Fingerprint),
            ("unused codes", report.UnusedCodes == 0 ? "none" : $"{report.UnusedCodes} deleted: make new ones"));
        screen.Line();
        screen.Line($"What happened after {Texts.Time(report.Taken)} is not in it. Before you start the server, think of what must not be forgotten:");
        screen.Line("  - whom you revoked, disabled or locked out since then is believed again: do it again at once;");
        screen.Line("  - whoever enrolled since then is not known: give out new codes.");
        screen.Line();
        screen.Line("Start it, reachable under the same names as before:");
        screen.Line("  " + StartLine(report));
        if (!report.OperatorSecret)
        {
            screen.Line("with HEADGATE_OPERATOR_SECRET in its environment.");
        }

        return ExitCodes.Done;
    }

    private static string StartLine(RestoreReport report)
    {
        var settings = report.Settings;
        var words = new List<string> { "headgate-server run", $"--data {report.Data}", $"--zone {settings?.Zone ?? "ZONE"}" };
        if (settings is not null)
        {
            words.Add($"--edge-listen {settings.EdgeListen} --tenant-listen {settings.TenantListen}");
            words.AddRange(new[] { ("--edge-address", settings.EdgeAddress), ("--tenant-address", settings.TenantAddress), ("--public-name", settings.PublicName) }
                .Where(option => option.Item2 is not null)
                .Select(option => $"{option.Item1} {option.Item2}"));
            words.Add($"--public-port {settings.PublicPort} {(settings.PortalListen is { } portal ? $"--portal-listen {portal} --site-listen {settings.SiteListen}" : "--no-portal")}");
        }

        return string.Join(' ', words);
    }
}
