using System.Globalization;

namespace Headgate.Connector.Failover;

/// <summary>
/// The command after <c>--</c>. When it runs restic, directly or through something like <c>nice</c>, its arguments are read the way restic reads them, to
/// refuse a repository other than the run's and to know the subcommand.
/// </summary>
internal sealed class ToolCommandLine
{
    /// <summary>What restic's subcommands that only read are called.</summary>
    private static readonly HashSet<string> s_readers = ["restore", "snapshots", "ls", "find", "dump", "stats", "check", "diff", "cat", "list", "mount"];

    private static readonly HashSet<string> s_writers =
    [
        "backup", "copy", "forget", "init", "key", "migrate", "prune", "rebuild-index", "recover", "repair", "rewrite", "tag", "unlock",
        "cache", "features", "generate", "help", "options", "self-update", "version",
    ];

    /// <summary>restic's global flags that take the next argument as their value.</summary>
    private static readonly HashSet<string> s_valueFlags =
    [
        "--cacert", "--cache-dir", "--compression", "--http-user-agent", "--key-hint", "--limit-download", "--limit-upload", "--option", "--pack-size",
        "--password-command", "--password-file", "--retry-lock", "--stuck-request-timeout", "--tls-client-cert", "-o", "-p",
    ];

    /// <summary>One-letter flags of restic that take a value: in a cluster such as <c>-qp</c> the rest is that value.</summary>
    private const string ValueLetters = "poeHtidwmygasON";

    private ToolCommandLine(IReadOnlyList<string> words, int resticAt, ToolProfile profile)
    {
        Words = words;
        ResticAt = resticAt;
        Profile = profile;
    }

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Which of them is restic, counted from 0; -1 when none is.</summary>
    public int ResticAt { get; }

    /// <summary>What follows from them.</summary>
    public ToolProfile Profile { get; }

    /// <summary>Reads <paramref name="words"/>; null with a sentence when they are refused.</summary>
    public static ToolCommandLine? Read(IReadOnlyList<string> words, out string? refusal)
    {
        refusal = null;
        var at = -1;
        for (var i = 0; i < words.Count && at < 0; i++)
        {
            at = IsRestic(words[i]) ? i : -1;
        }

        if (at < 0)
        {
            var name = Path.GetFileName(words[0]);
            return new ToolCommandLine(words, at, new ToolProfile(name, IsRestic: false, ReadsOnly: false, WritesSnapshot: true, ToolProfile.UsualConnections));
        }

        var arguments = words.Skip(at + 1).ToArray();
        refusal = RefusalOf(arguments);
        return refusal is null ? new ToolCommandLine(words, at, ProfileOf(arguments)) : null;
    }

    private static bool IsRestic(string word)
    {
        var name = Path.GetFileNameWithoutExtension(word.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? word : word + ".exe");
        return name == "restic" || name.StartsWith("restic_", StringComparison.Ordinal) || name.StartsWith("restic-", StringComparison.Ordinal);
    }

    private static string? RefusalOf(string[] arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument == "--")
            {
                return null;
            }

            var flag = argument switch
            {
                _ when IsLong(argument, "--repo") => "--repo",
                _ when IsLong(argument, "--repository-file") => "--repository-file",
                _ when ClusterHasRepository(argument) => "-r",
                _ => null,
            };
            if (flag is not null)
            {
                return $"'{flag}' cannot be given to restic here: headgate sets the repository itself (RESTIC_REPOSITORY). Leave it out, and name the "
                    + "cloud repository with --repository NAME before the '--'; for another machine's restic repository add --path /NAME/.";
            }
        }

        return null;
    }

    private static bool IsLong(string argument, string flag) =>
        argument == flag || argument.StartsWith(flag + "=", StringComparison.Ordinal);

    /// <summary>Whether a cluster of one-letter flags holds <c>r</c> as a flag: <c>-r</c>, <c>-qr</c>, <c>-rURL</c>; not <c>-p/r</c>, whose r is a value.</summary>
    private static bool ClusterHasRepository(string argument)
    {
        if (argument.Length < 2 || argument[0] != '-' || argument[1] == '-')
        {
            return false;
        }

        foreach (var letter in argument.AsSpan(1))
        {
            if (letter == 'r')
            {
                return true;
            }

            if (letter == '=' || ValueLetters.Contains(letter, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return false;
    }

    private static ToolProfile ProfileOf(string[] arguments)
    {
        string? subcommand = null;
        var connections = ToolProfile.UsualConnections;
        var dryRun = false;
        for (var i = 0; i < arguments.Length && arguments[i] != "--"; i++)
        {
            var argument = arguments[i];
            if (OptionValue(arguments, i) is { } option && option.StartsWith("rest.connections=", StringComparison.Ordinal)
                && int.TryParse(option["rest.connections=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0)
            {
                connections = given;
            }

            dryRun |= argument is "--dry-run" or "-n" or "--dry-run=true";
            if (s_valueFlags.Contains(argument))
            {
                i++;
            }
            else if (subcommand is null && argument.Length > 0 && argument[0] != '-')
            {
                subcommand = argument;
            }
        }

        // An argument that is no subcommand is nobody's business: the name goes to the provider.
        var known = subcommand is not null && (s_readers.Contains(subcommand) || s_writers.Contains(subcommand)) ? subcommand : null;
        return new ToolProfile(
            known is null ? "restic" : "restic " + known,
            IsRestic: true,
            ReadsOnly: known is not null && s_readers.Contains(known),
            WritesSnapshot: known == "backup" && !dryRun,
            connections);
    }

    private static string? OptionValue(string[] arguments, int i) => arguments[i] switch
    {
        "-o" or "--option" when i + 1 < arguments.Length => arguments[i + 1],
        var argument when argument.StartsWith("--option=", StringComparison.Ordinal) => argument["--option=".Length..],
        var argument when argument.StartsWith("-o", StringComparison.Ordinal) && argument.Length > 2 => argument[2..].TrimStart('='),
        _ => null,
    };
}
