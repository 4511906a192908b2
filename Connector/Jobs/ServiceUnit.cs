namespace Headgate.Connector.Jobs;

/// <summary>The service of a machine's jobs as systemd and Windows know it.</summary>
internal static class ServiceUnit
{
    /// <summary>Its name under systemd.</summary>
    public const string UnitName = "headgate.service";

    /// <summary>Where the archive's link to the program is, through upgrades; there is none on Windows.</summary>
    public const string ProgramLink = "/usr/local/bin/headgate";

    /// <summary>Its name on Windows.</summary>
    public const string WindowsName = "HeadgateConnector";

    /// <summary>systemd's unit. Backups read everything and hooks do what they like, so nothing is kept from it.</summary>
    /// <param name="program">Full path of <c>headgate</c>.</param>
    /// <param name="arguments">After the program's name.</param>
    /// <param name="isForUser">Of the user's own manager, and not the system's.</param>
    public static string Systemd(string program, IReadOnlyList<string> arguments, bool isForUser) =>
        $"""
        [Unit]
        Description=Headgate backup jobs
        {(isForUser ? "# A user's manager knows no network targets; runs wait for the provider by themselves." : "Wants=network-online.target\nAfter=network-online.target")}
        StartLimitIntervalSec=0

        [Service]
        Type=notify
        {(isForUser ? "# It runs as the user whose manager this is." : "# systemd gives HOME, where tools keep their caches, only to a unit that names its user.\nUser=root")}
        # No debugger's socket; it would lie in /tmp.
        Environment=DOTNET_EnableDiagnostics=0
        ExecStart={string.Join(' ', arguments.Prepend(program).Select(Quoted))}
        Restart=on-failure
        RestartSec=10
        # Not enrolled, or another service runs these jobs: trying again cures neither.
        RestartPreventExitStatus=75 78
        # Its runs end in order: tools are interrupted and the provider is told. While they do, it asks for more time.
        TimeoutStopSec=60
        WatchdogSec=60
        # The signal goes to the service alone, which ends its runs; what is left after that is killed.
        KillMode=mixed
        # A tool that runs out of memory fails alone: the other runs and the service go on.
        OOMPolicy=continue
        LimitCORE=0

        [Install]
        WantedBy={(isForUser ? "default.target" : "multi-user.target")}

        """;

    /// <summary>What <c>sc.exe create</c> takes as the program's command line.</summary>
    public static string WindowsCommandLine(string program, IReadOnlyList<string> arguments) =>
        string.Join(' ', arguments.Prepend(program).Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word));

    // systemd.service(5): quotes, backslashes, percent signs and dollars mean something there.
    private static string Quoted(string word)
    {
        var escaped = word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal);
        return escaped.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or ';') ? $"\"{escaped}\"" : escaped;
    }
}
