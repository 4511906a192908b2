using System.Globalization;

namespace Headgate.Gateway.Doctor;

/// <summary>
/// How many pipes the system gives the gateway (pipe(7)): without CAP_SYS_RESOURCE or CAP_SYS_ADMIN, all pipes of one user have so many pages together as
/// <c>fs.pipe-user-pages-soft</c> says; past it a pipe has one or two pages and cannot be grown.
/// </summary>
internal static class PipeChecks
{
    /// <summary>With fewer, bytes of a gateway that a few dozen tenants use at once are copied. It is what systems begin with.</summary>
    private const long FewPipes = 64;

    private const string Soft = "/proc/sys/fs/pipe-user-pages-soft";
    private const string Max = "/proc/sys/fs/pipe-max-size";
    private const ulong Privileged = (1UL << 21) | (1UL << 24);

    /// <summary>Whether the process <paramref name="pid"/> has enough.</summary>
    public static void Pages(Examination found, int pid)
    {
        const string Check = "pipes";
        var status = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status");
        if (!OperatingSystem.IsLinux() || !File.Exists(Soft) || !File.Exists(status))
        {
            return;
        }

        try
        {
            var defaults = new GatewayOptions();
            Judge(
                found,
                long.Parse(File.ReadAllText(Soft), CultureInfo.InvariantCulture) * Environment.SystemPageSize,
                long.Parse(File.ReadAllText(Max), CultureInfo.InvariantCulture),
                (Capabilities(File.ReadLines(status)) & Privileged) != 0,
                defaults.RelayPipeBytes,
                defaults.RelayPipes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            found.Warn(Check, $"what the system allows cannot be read: {exception.Message}", "Run this as the program's user, or as root.");
        }
    }

    /// <summary>Says whether <paramref name="bytes"/> (0: no limit) are enough.</summary>
    public static void Judge(Examination found, long bytes, long mostBytesEach, bool isPrivileged, long bytesEach, long wanted)
    {
        const string Check = "pipes";
        if (!isPrivileged && mostBytesEach < bytesEach)
        {
            found.Warn(
                Check,
                string.Create(CultureInfo.InvariantCulture, $"a pipe may hold {mostBytesEach} bytes; the gateway uses pipes of {bytesEach}"),
                string.Create(CultureInfo.InvariantCulture, $"sysctl fs.pipe-max-size={bytesEach}: bytes of small pipes cost more processor time."));
            return;
        }

        var pipes = bytes / bytesEach;
        if (isPrivileged || bytes == 0 || pipes >= wanted)
        {
            found.Ok(Check, string.Create(CultureInfo.InvariantCulture, $"as many as the gateway uses ({wanted})"));
        }
        else if (pipes >= FewPipes)
        {
            found.Ok(Check, string.Create(CultureInfo.InvariantCulture, $"the system gives it {pipes} of {wanted} (fs.pipe-user-pages-soft); with more busy streams than that, bytes are copied"));
        }
        else
        {
            found.Warn(
                Check,
                string.Create(CultureInfo.InvariantCulture, $"the system gives it {pipes}; with more busy streams than that, bytes are copied, which costs processor time"),
                string.Create(CultureInfo.InvariantCulture, $"sysctl fs.pipe-user-pages-soft={wanted * bytesEach / Environment.SystemPageSize}, and the same in /etc/sysctl.d."));
        }
    }

    /// <summary>The effective capabilities in the lines of a process's <c>/proc/PID/status</c>.</summary>
    public static ulong Capabilities(IEnumerable<string> lines)
    {
        const string Line = "CapEff:";
        var line = lines.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        return line is null ? 0 : ulong.Parse(line.AsSpan(Line.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
