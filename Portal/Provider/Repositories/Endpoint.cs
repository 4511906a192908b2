using System.Globalization;
using System.Net;

namespace Headgate.Portal.Provider.Repositories;

/// <summary>Host and port as people type and read them.</summary>
internal static class Endpoint
{
    /// <summary>The repository's usual port.</summary>
    public const int DefaultPort = 6183;

    private const int MaxHost = 253;

    /// <summary>Such as <c>[2001:db8::7]:6183</c>.</summary>
    public static string Of(string host, int port) =>
        (host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host) + ":" + port.ToString(CultureInfo.InvariantCulture);

    /// <summary>As the silo takes it: names in lower case, without blanks around and brackets.</summary>
    public static string Clean(string host)
    {
        var text = host.Trim().ToLowerInvariant();
        return text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
    }

    /// <summary>Whether a cleaned host is an address or a DNS name.</summary>
    public static bool IsHost(string host) => IPAddress.TryParse(host, out _)
        || (host.Length is > 0 and <= MaxHost && host.Split('.').All(label => label.Length is > 0 and <= 63
            && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')));

    /// <summary>Says what is wrong with what was typed.</summary>
    public static void Check(Faults faults, string host, int? port)
    {
        faults.Check("host", IsHost(Clean(host)), host.Trim().Length == 0 ? "A name or an address is missing." : "This is no IP address and no DNS name.");
        faults.Check("port", port is >= 1 and <= 65535, "A port is 1 to 65535.");
    }
}
