using System.Globalization;

namespace Headgate.Relay.Bench;

/// <summary>How many descriptors each relay may have.</summary>
internal static class Descriptors
{
    public static int Most { get; } = int.Parse(
        File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4],
        CultureInfo.InvariantCulture);
}
