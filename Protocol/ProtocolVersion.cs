using System.Globalization;

namespace Headgate.Protocol;

/// <summary>
/// The version of what crosses process borders: every request of the edge and tenant API carries it in the header
/// <c>Headgate-Version</c> as <c>major.minor</c>. Peers of the same major version whose minor versions differ by at most one work together.
/// </summary>
public static class ProtocolVersion
{
    /// <summary>The request and response header.</summary>
    public const string HeaderName = "Headgate-Version";

    /// <summary>The major version of this build.</summary>
    public const int Major = 0;

    /// <summary>The minor version of this build.</summary>
    public const int Minor = 1;

    /// <summary>This build's version as the header carries it.</summary>
    public static string Current { get; } = string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

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
