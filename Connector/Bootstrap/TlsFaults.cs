using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Reads TLS errors. An alert that arrives on an established TLS 1.3 connection is encrypted by the authenticated peer, which is how a server refuses a
/// client certificate (RFC 8446, sections 4.4.2 and 6.2). A plaintext record written in by somebody on the way shows as a local decoding error instead.
/// </summary>
internal static class TlsFaults
{
    // winerror.h: how Schannel reports the alerts that refuse a certificate.
    private static readonly int[] s_schannelRefusals =
    [
        unchecked((int)0x80090325), // SEC_E_UNTRUSTED_ROOT
        unchecked((int)0x80090327), // SEC_E_CERT_UNKNOWN
        unchecked((int)0x80090328), // SEC_E_CERT_EXPIRED
    ];

    /// <summary>The alert's name, such as <c>bad certificate</c>, when <paramref name="fault"/> was caused by one; null otherwise.</summary>
    public static string? AlertOf(Exception fault)
    {
        for (var e = fault; e is not null; e = e.InnerException)
        {
            if (OpenSslAlert(e.Message) is { } alert)
            {
                return alert;
            }

            if (e is Win32Exception and not SocketException && s_schannelRefusals.Contains(((Win32Exception)e).NativeErrorCode))
            {
                return "bad certificate";
            }
        }

        return null;
    }

    /// <summary>
    /// OpenSSL's "error:0A000412:SSL routines::sslv3 alert bad certificate": the low 12 bits are 1000 and the alert's number when one was received, whatever
    /// the words are.
    /// </summary>
    private static string? OpenSslAlert(string message)
    {
        const string prefix = "error:";
        const int firstAlert = 1000;
        const int lastAlert = firstAlert + byte.MaxValue;
        var at = message.IndexOf(prefix, StringComparison.Ordinal);
        var words = message.IndexOf("SSL routines::", StringComparison.Ordinal);
        if (at < 0 || words < at
            || !uint.TryParse(message.AsSpan(at + prefix.Length, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || (code & 0xFFF) is < firstAlert or > lastAlert)
        {
            return null;
        }

        var name = message[(words + "SSL routines::".Length)..];
        foreach (var lead in (string[])["sslv3 alert ", "tlsv1 alert ", "tlsv13 alert ", "tlsv1 "])
        {
            name = name.StartsWith(lead, StringComparison.Ordinal) ? name[lead.Length..] : name;
        }

        return name.Trim();
    }

    /// <summary>The socket error under <paramref name="fault"/>, if it was one.</summary>
    public static SocketError? SocketErrorOf(Exception fault)
    {
        for (var e = fault; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }

    /// <summary>A connection error in words.</summary>
    public static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.HostUnreachable => "host unreachable",
        SocketError.NetworkUnreachable => "network unreachable",
        SocketError.NetworkDown => "network down",
        SocketError.TimedOut => "timed out",
        _ => $"socket error {error}",
    };
}
