using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Limits;

/// <summary>Says at start when the operating system will allow fewer connections than the options do.</summary>
internal static class DescriptorLimit
{
    private const string LimitsFile = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>For everything but relayed connections: runtime, silo, log, listening sockets.</summary>
    private const int Spare = 256;

    /// <summary>Descriptors that <paramref name="maxConnections"/> relayed connections need: one for each side.</summary>
    public static long Needed(int maxConnections) => (2L * maxConnections) + Spare;

    public static void WarnIfFew(int maxConnections, ILogger log)
    {
        if (OperatingSystem.IsLinux() && File.Exists(LimitsFile)
            && Parse(File.ReadLines(LimitsFile)) is { } descriptors && descriptors < Needed(maxConnections))
        {
            GatewayLog.FewDescriptors(log, descriptors, maxConnections, Needed(maxConnections));
        }
    }

    /// <summary>The soft limit, which the runtime has raised to the hard one; null when there is none.</summary>
    public static long? Parse(IEnumerable<string> lines)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        var soft = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
