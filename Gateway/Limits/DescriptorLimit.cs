using System.Globalization;
using System.Runtime.InteropServices;

namespace Headgate.Gateway.Limits;

/// <summary>How many descriptors a process may open (RLIMIT_NOFILE) and how many it has open. Windows has no such limit.</summary>
internal static partial class DescriptorLimit
{
    private const string Line = "Max open files";

    /// <summary>For everything but relayed connections: runtime, silo, log, listening sockets, and the default reserve.</summary>
    private const int Spare = 256;

    // What a gateway has open without connections where it cannot be counted; measured: 112, of which 96 are assemblies.
    private const int Usual = 112;

    /// <summary>RLIM_INFINITY, and what counts as that.</summary>
    private const ulong Unlimited = long.MaxValue;

    private static int Resource => OperatingSystem.IsMacOS() ? 8 : 7;

    /// <summary>Descriptors that <paramref name="maxConnections"/> relayed connections need: one for each side.</summary>
    public static long Needed(int maxConnections) => (2L * maxConnections) + Spare;

    /// <summary>Raises this process's limit to the most that it may have without being privileged (the runtime does so too, where it can) and returns it.</summary>
    public static long? Raise()
    {
        if (!OperatingSystem.IsWindows() && GetLimit(Resource, out var limit) == 0 && limit.Soft < limit.Hard)
        {
            var raised = limit with { Soft = limit.Hard };

            // When it is refused the limit is what it was, and that is read back below.
            _ = SetLimit(Resource, in raised);
        }

        return Current();
    }

    /// <summary>This process's limit at the moment; null when there is none.</summary>
    public static long? Current() =>
        !OperatingSystem.IsWindows() && GetLimit(Resource, out var limit) == 0 && limit.Soft < Unlimited ? (long)limit.Soft : null;

    /// <summary>How many descriptors this process has open. Lists them: for a start, not for a loop.</summary>
    public static int InUse()
    {
        try
        {
            return OperatingSystem.IsWindows() ? 0 : Directory.EnumerateFileSystemEntries(OperatingSystem.IsLinux() ? "/proc/self/fd" : "/dev/fd").Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Usual;
        }
    }

    /// <summary>The soft limit in the lines of a process's <c>/proc/PID/limits</c>; null when there is none.</summary>
    public static long? Parse(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        var soft = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    /// <summary>struct rlimit: rlim_t is the machine's word.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct ResourceLimit(nuint Soft, nuint Hard);
}
