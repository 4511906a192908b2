using Headgate.Connector.Failover;
using Headgate.Connector.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary>How a tool is to be run. Kept with the jobs of a machine.</summary>
internal sealed record ToolRun
{
    /// <summary>How it meets network faults.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>The cloud repository's id.</summary>
    public required string Repository { get; init; }

    /// <summary>The path of the restic repository within the tenant's space; null for this machine's own.</summary>
    public string? Path { get; init; }

    /// <summary>Further attempts after the first.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Between attempts, give or take 20 %.</summary>
    public TimeSpan RetryWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The tool and its arguments.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>What the tool is.</summary>
    /// <exception cref="ConnectorFailureException">Its arguments cannot be.</exception>
    public ToolCommandLine ReadTool() =>
        ToolCommandLine.Read(Words, out var refusal) ?? throw new ConnectorFailureException(ExitCodes.Usage, refusal!);

    /// <summary>Runs it as a run of <paramref name="job"/>.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="session">This machine's.</param>
    /// <param name="console">Where the run's way is told.</param>
    /// <param name="stopping">Ends it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="surroundings">Whose terminal and environment the tool has; null for this program's own.</param>
    /// <param name="stopWords">What a stop is called in the run's record; null for the user's.</param>
    /// <returns>The tool's exit code, or one of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(
        string job, Session session, ConnectorConsole console, UserStop stopping, TimeProvider time, IToolSurroundings? surroundings = null, string? stopWords = null)
    {
        var tool = ReadTool();
        var plan = new RunPlan
        {
            Job = job,
            Kind = Kind,
            Repository = Repository,
            Host = session.Settings.HostName,
            Path = RepositoryPath.TryParse(Path ?? "", out var path) ? path : RepositoryPath.OfHost(session.Settings.HostName),
            Tool = tool.Profile,
            Retries = Retries,
            RetryWait = RetryWait,
            StopWords = stopWords ?? RunPlan.StoppedByUser,
        };
        var words = Kind == JobKind.Copy
            ? await ResticPatience.WordsAsync(tool, new CopyLimits().Session.Wait, time, stopping.Asked)
            : tool.Words;
        return await session.RunAsync(plan, 0, _ => new ProcessTool(words, stopping, time, surroundings), console, stopping);
    }
}
