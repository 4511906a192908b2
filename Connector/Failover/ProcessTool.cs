using System.Diagnostics;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Failover;

/// <summary>A tool as a child process, which has this program's own input, output and terminal unless <paramref name="surroundings"/> say otherwise.</summary>
internal sealed class ProcessTool(IReadOnlyList<string> words, UserStop stopping, TimeProvider time, IToolSurroundings? surroundings = null) : ITool
{
    /// <summary>The full path of the program, before anything is asked of the provider.</summary>
    /// <exception cref="ConnectorFailureException">There is none.</exception>
    public static string Find(string program)
    {
        foreach (var candidate in Candidates(program))
        {
            if (File.Exists(candidate))
            {
                return Path.GetFullPath(candidate);
            }
        }

        var hint = Path.GetFileNameWithoutExtension(program) == "restic"
            ? "restic is not installed. On Debian and Ubuntu: apt install restic; elsewhere see https://restic.net."
            : $"There is no program '{program}' on the PATH.";
        throw new ConnectorFailureException(ExitCodes.ToolNotFound, hint);
    }

    public Task<int> RunAsync(string repositoryUrl, CancellationToken stop)
    {
        var start = new ProcessStartInfo(Find(words[0]), words.Skip(1)) { UseShellExecute = false };
        return new ToolProcess(stopping, time).RunAsync(start, new Around(surroundings, repositoryUrl), stop);
    }

    private static IEnumerable<string> Candidates(string program)
    {
        string[] endings = OperatingSystem.IsWindows() ? ["", ".exe", ".cmd", ".bat"] : [""];
        if (program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || program.Contains('/', StringComparison.Ordinal))
        {
            return endings.Select(ending => program + ending);
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending)));
    }

    /// <summary>The repository is set last, so that nothing around the tool names another.</summary>
    private sealed class Around(IToolSurroundings? others, string repositoryUrl) : IToolSurroundings
    {
        public void Prepare(ProcessStartInfo start)
        {
            others?.Prepare(start);
            ToolEnvironment.Prepare(start.Environment, repositoryUrl);
        }

        public Task AttendAsync(Process process) => others?.AttendAsync(process) ?? Task.CompletedTask;
    }
}
