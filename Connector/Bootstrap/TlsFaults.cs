using System.ComponentModel;
using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// Reads TLS errors. An alert that arrives on an established TLS 1.3 connection is encrypted by the authenticated peer, which is how a server refuses a
/// client certificate (RFC 8446, sections 4.4.2 and 6.2). A plaintext record written in by somebody on the way shows as a local decoding error instead.
/// </summary>
internal static class TlsFaults
{
    private const string AlertWord = " alert ";

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
            // OpenSSL: "error:0A000412:SSL routines::sslv3 alert bad certificate".
            var at = e.Message.Contains("SSL routines", StringComparison.Ordinal) ? e.Message.IndexOf(AlertWord, StringComparison.Ordinal) : -1;
            if (at >= 0)
            {
                return e.Message[(at + AlertWord.Length)..].Trim();
            }

            if (e is Win32Exception and not SocketException && s_schannelRefusals.Contains(((Win32Exception)e).NativeErrorCode))
            {
                return "bad certificate";
            }
        }

        return null;
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
