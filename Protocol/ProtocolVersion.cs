using System.Globalization;

namespace Headgate.Protocol;

/// <summary>
/// The version of what crosses process borders: every request of the edge and tenant API carries it in the header
/// <c>Headgate-Version</c> as <c>major.minor</c>, which are the programs' own. Peers of the same major version whose minor versions differ by at most one
/// work together, so that a provider updates the silo first and the rest in its own time.
/// </summary>
public static class ProtocolVersion
{
    /// <summary>The request and response header.</summary>
    public const string HeaderName = "Headgate-Version";

    /// <summary>The major version of this build.</summary>
    public static int Major { get; } = Own.Major;

    /// <summary>The minor version of this build.</summary>
    public static int Minor { get; } = Own.Minor;

    /// <summary>This build's version as the header carries it.</summary>
    public static string Current { get; } = string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private static Version Own => typeof(ProtocolVersion).Assembly.GetName().Version!;

    /// <summary>Whether a peer that sent <paramref name="header"/> works with this build. A missing or malformed version does not.</summary>
    public static bool IsCompatible(string? header)
    {
        var parts = header?.Split('.');
        return parts is { Length: 2 }
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && major == Major
            && Math.Abs(minor - Minor) <= 1;
    }
}
