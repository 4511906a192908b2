using System.Diagnostics;
using System.Security.Cryptography;
using Headgate.Connector.Commands;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests;

/// <summary>A tenant's machine: a connector's folder, a restic password and an own restic cache.</summary>
internal sealed class Machine(World world, string tenant, string hostName)
{
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(world.Folder, $"machine-{tenant}-{hostName}")).FullName;

    public World World => world;

    public string HostName => hostName;

    public string Folder => _folder;

    public string Password { get; init; } = "a password of the tenant's";

    /// <summary>The same machine, used with another restic password.</summary>
    public Machine With(string password) => new(world, tenant, hostName) { Password = password };

    public Dictionary<string, string?> Environment => new()
    {
        ["HEADGATE_DATA"] = Path.Combine(_folder, "headgate"),
        ["RESTIC_PASSWORD"] = Password,
        ["RESTIC_CACHE_DIR"] = Path.Combine(_folder, "cache"),
        ["RESTIC_PROGRESS_FPS"] = "0.1",
    };

    /// <summary>What its connector enrolled as: key and certificate.</summary>
    public ProgramIdentity Identity() => World.IdentityIn(Path.Combine(_folder, "headgate"));

    public Task<Finished> HeadgateAsync(params string[] arguments) =>
        Tool.RunAsync(Programs.Connector, Resolving(arguments), Environment, deadline: TimeSpan.FromMinutes(8), inside: world.PlaceOf(hostName));

    /// <summary>The same, again when no gateway answered: a command dials each one once, and may meet a provider that stands still for a moment.</summary>
    public async Task<Finished> HeadgateAgainAsync(params string[] arguments)
    {
        for (var tries = 3; ; tries--)
        {
            var finished = await HeadgateAsync(arguments);
            if (tries == 1 || finished.ExitCode != ExitCodes.NoGatewayAnswers)
            {
                return finished;
            }
        }
    }

    public async Task InitAsync(string repository = "repo1") => (await HeadgateAgainAsync("init", "--repository", repository)).Succeeded();

    /// <summary>A run of restic through the connector: two short retries unless <paramref name="options"/> say otherwise.</summary>
    public Task<Finished> RunAsync(string job, string[] restic, string[]? options = null, string repository = "repo1") => HeadgateAsync(
        RunArguments(job, ["restic", .. restic], options, repository));

    /// <summary>The same, to watch and disturb while it goes on; a <paramref name="path"/> is looked in for programs before all others.</summary>
    public Running StartRun(string job, string[] restic, string[]? options = null, string repository = "repo1", string? path = null)
    {
        var environment = Environment;
        if (path is not null)
        {
            environment["PATH"] = $"{path}:{System.Environment.GetEnvironmentVariable("PATH")}";
        }

        return Running.Start(Programs.Connector, Resolving(RunArguments(job, ["restic", .. restic], options, repository)), environment, world.PlaceOf(hostName));
    }

    /// <summary>Keeps a copy job of restic's, with a schedule or to be run by hand; the password is in a file of its own.</summary>
    public async Task AddJobAsync(string job, string? schedule, string[] options, params string[] restic)
    {
        var file = Path.Combine(_folder, "restic.env");
        await File.WriteAllLinesAsync(file, Environment.Where(variable => variable.Key.StartsWith("RESTIC_", StringComparison.Ordinal)).Select(variable => $"{variable.Key}='{variable.Value}'"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string[] when = schedule is null ? [] : ["--schedule", schedule];
        (await HeadgateAsync(["jobs", "add", job, "--repository", "repo1", "--kind", "copy", .. when, "--env-file", file, .. options, "--", "restic", .. restic])).Succeeded();
    }

    /// <summary>A run of another tool.</summary>
    public Running StartTool(string job, string[] tool, string[]? options = null, string repository = "repo1") =>
        Running.Start(Programs.Connector, Resolving(RunArguments(job, tool, options, repository)), Environment, world.PlaceOf(hostName));

    /// <summary>Stock restic without the connector, over an access key's address, where <paramref name="names"/> lead somewhere.</summary>
    public Task<Finished> ResticAsync(Namespace names, string url, string authorityFile, params string[] arguments) => Tool.RunAsync(
        "restic", ["-r", url, "--cacert", authorityFile, .. arguments], Environment, deadline: TimeSpan.FromMinutes(8), inside: names);

    /// <summary>Fresh random files; the same seed gives the same bytes.</summary>
    public async Task<string> FilesAsync(string name, int files, int bytesEach, int seed = 1)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        var random = new Random(seed);
        var bytes = new byte[bytesEach];
        for (var i = 0; i < files; i++)
        {
            random.NextBytes(bytes);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"file-{i}"), bytes);
        }

        return folder;
    }

    /// <summary>sha256 of every file below <paramref name="folder"/>, by relative path.</summary>
    public static async Task<SortedDictionary<string, string>> SumsAsync(string folder)
    {
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            await using var stream = File.OpenRead(path);
            sums[Path.GetRelativePath(folder, path)] = Convert.ToHexString(await SHA256.HashDataAsync(stream));
        }

        return sums;
    }

    private static string[] RunArguments(string job, string[] tool, string[]? options, string repository) =>
        ["run", "--job", job, "--repository", repository, "--retry-wait", "2s", .. options ?? [], "--", .. tool];

    private List<string> Resolving(string[] arguments)
    {
        var command = arguments.ToList();
        var separator = command.IndexOf("--");
        if (world.Inside is null)
        {
            command.InsertRange(separator < 0 ? command.Count : separator, ["--resolve", world.Resolve]);
        }

        return command;
    }
}
