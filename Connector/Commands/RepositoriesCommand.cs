using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headgate.Connector.Failover;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary>
/// <c>headgate repositories</c>: the restic repositories that the tenant has, whichever machine made them, and the command that restores from each. It is what
/// a replacement machine begins with. Asking is a run that only reads: no run limit stands in its way.
/// </summary>
internal sealed class RepositoriesCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private const string ToolName = "headgate repositories";

    private static readonly string[] s_headings = ["Repository", "Path", "Last snapshot", "Snapshots", "Written by"];

    private readonly Option<string?> _repository = new Option<string?>("--repository")
    {
        Description = "The cloud repository to look in. Default: all that you may use.",
        HelpName = "NAME",
    }.MustBeIdentifier();

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("repositories", "List your restic repositories, of all machines, with the command that restores from each.");
        command.Options.Add(_repository);
        command.Options.Add(_json);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var session = await Session.OpenForRunAsync(common, parsed, console, time, stopping.Asked);
        var names = parsed.GetValue(_repository) is { } one ? [one] : await NamesAsync(session);
        var found = new List<FoundRepository>();
        var worst = ExitCodes.Ok;
        foreach (var name in names)
        {
            var tool = new ListRepositories(console);
            var code = await ListAsync(session, name, tool);
            worst = worst == ExitCodes.Ok ? code : worst;
            if (tool.Found is { } entries)
            {
                found.AddRange(await DescribeAsync(session, name, entries));
            }
        }

        Print(found, parsed.GetValue(_json), worst);
        return worst;
    }

    private async Task<string[]> NamesAsync(Session session) =>
        [.. (await session.Api.StatusAsync(stopping.Asked)).Quotas.Select(quota => quota.Repository).Order(StringComparer.Ordinal)];

    // One that is away keeps nobody from the others.
    private async Task<int> ListAsync(Session session, string repository, ListRepositories tool)
    {
        var plan = new RunPlan
        {
            Job = MachineJob.Of("list", session.Connector),
            Repository = repository,
            Host = session.Settings.HostName,
            Path = "/",
            Tool = new ToolProfile(ToolName, IsRestic: false, ReadsOnly: true, WritesSnapshot: false, Connections: 1),
            Retries = 1,
            RetryWait = TimeSpan.FromSeconds(5),
        };
        try
        {
            return await session.RunAsync(plan, 0, _ => tool, console, stopping);
        }
        catch (ProblemException refusal)
        {
            console.Say($"{repository}: {refusal.Message}");
            return JobRunner.CodeOf(refusal);
        }
    }

    private async Task<IEnumerable<FoundRepository>> DescribeAsync(Session session, string repository, IReadOnlyList<ResticRepositoryEntry> entries)
    {
        var origins = await OriginsAsync(session, repository, [.. entries.Select(entry => entry.LastSnapshot).OfType<string>()]);
        return entries.Select(entry => new FoundRepository(
            repository,
            entry.Path,
            entry.Snapshots,
            entry.LastSnapshot,
            entry.LastStored,
            entry.LastSnapshot is { } snapshot ? origins.GetValueOrDefault(snapshot) : null,
            $"headgate run --job {MachineJob.Of("restore", session.Connector)} --repository {repository} --path {entry.Path} -- restic restore latest --target DIR"));
    }

    private async Task<Dictionary<string, string>> OriginsAsync(Session session, string repository, string[] snapshots)
    {
        var hosts = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var part in snapshots.Chunk(500))
            {
                foreach (var origin in (await session.OriginsAsync(new SnapshotOriginsRequest(repository, part), stopping.Asked)).Origins)
                {
                    hosts[origin.Snapshot] = origin.Host;
                }
            }
        }
        catch (ProblemException refusal)
        {
            // A provider one version older does not know; the list is good without it.
            console.Say($"which machines wrote there is not known: {refusal.Message}");
        }

        return hosts;
    }

    private void Print(List<FoundRepository> found, bool asJson, int worst)
    {
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(found, FoundRepositoriesJson.Default.ListFoundRepository));
            return;
        }

        if (found.Count == 0 && worst == ExitCodes.Ok)
        {
            console.Say("there is no restic repository yet. Create one: headgate init --repository NAME");
            return;
        }

        // Somebody who reads gets the commands below the table, a program gets them in the line.
        var forPeople = console.OutputIsTerminal;
        console.WriteTable(s_headings, found.Select(repository => Row(repository, withCommand: !forPeople)));
        if (forPeople)
        {
            console.Output.WriteLine("To restore the newest snapshot, with the password that the repository was made with (restic asks for it):");
            foreach (var repository in found.Where(repository => repository.Snapshots > 0))
            {
                console.Output.WriteLine("  " + repository.Restore);
            }
        }
    }

    private static string[] Row(FoundRepository repository, bool withCommand)
    {
        string[] row =
        [
            repository.Repository,
            repository.Path,
            repository.LastStored is { } stored ? stored.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) : "never",
            repository.Snapshots.ToString(CultureInfo.InvariantCulture),
            repository.Host ?? "-",
        ];
        return withCommand ? [.. row, repository.Restore] : row;
    }
}

/// <summary>What <c>repositories --json</c> prints of each.</summary>
internal sealed record FoundRepository(
    string Repository, string Path, int Snapshots, string? LastSnapshot, DateTimeOffset? LastStored, string? Host, string Restore);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(List<FoundRepository>))]
internal sealed partial class FoundRepositoriesJson : JsonSerializerContext;
