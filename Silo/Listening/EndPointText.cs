using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Listening;

/// <summary>Addresses as people write them: <c>127.0.0.1:6181</c>, <c>[::1]:6181</c>, <c>host.example.com:6181</c>.</summary>
internal static class EndPointText
{
    /// <summary>What an address to listen on may be, in words.</summary>
    public const string ListenAllowed = "an IP address and a port, such as 127.0.0.1:6181 or [::]:6181; port 0 lets the system choose";

    /// <summary>What an address to be reached at may be, in words.</summary>
    public const string HostAllowed = "a lower-case DNS name or an IP address, and a port of 1 to 65535, such as gw1.example.com:6180 or [2001:db8::1]:6180";

    /// <summary>An address to listen on; port 0 is allowed.</summary>
    public static bool TryParseListen(string? text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (!TrySplit(text, 0, out var host, out var port) || !IPAddress.TryParse(host, out var address))
        {
            return false;
        }

        endPoint = new IPEndPoint(address, port);
        return true;
    }

    /// <summary>A host and a port that can be dialled. The host comes without brackets.</summary>
    public static bool TryParseHost(string? text, [NotNullWhen(true)] out string? host, out int port) =>
        TrySplit(text, 1, out host, out port) && (IPAddress.TryParse(host, out _) || ZoneNames.IsDnsName(host));

    /// <summary>Host and port in one text, IPv6 in brackets.</summary>
    public static string Format(string host, int port) => host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{host}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    private static bool TrySplit(string? text, int minPort, [NotNullWhen(true)] out string? host, out int port)
    {
        (host, port) = (null, 0);
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text![(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port < minPort || port > IPEndPoint.MaxPort)
        {
            return false;
        }

        host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return host.Contains(':', StringComparison.Ordinal);
        }

        return !host.Contains(':', StringComparison.Ordinal);
    }
}
