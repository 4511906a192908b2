using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headgate.Connector.Bootstrap;

/// <summary>TCP to one address within a limit.</summary>
internal static class TcpDialer
{
    // A gateway whose host is gone answers nothing: bytes on the way show it after StallLimit, an idle connection after about 30 s.
    private static readonly TimeSpan s_stallLimit = TimeSpan.FromSeconds(30);
    private const int TcpLevel = 6;
    private const int LinuxTcpUserTimeout = 18;

    /// <summary>A connected socket without delay, or how it failed.</summary>
    public static async Task<(Socket? Socket, DialAttempt? Failed)> ConnectAsync(
        IPEndPoint endpoint, string? gateway, TimeSpan limit, TimeProvider time, CancellationToken token)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            using var timeout = new CancellationTokenSource(limit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, token);
            await socket.ConnectAsync(endpoint, both.Token);
            WatchForSilence(socket);
            return (socket, null);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var failure = e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => DialFailure.ConnectionRefused,
                SocketError.TimedOut => DialFailure.ConnectTimeout,
                _ => DialFailure.Unreachable,
            };
            return (null, new DialAttempt(gateway, endpoint.ToString(), failure, TlsFaults.Describe(e.SocketErrorCode)));
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            token.ThrowIfCancellationRequested();
            var why = string.Create(CultureInfo.InvariantCulture, $"no connection within {limit.TotalSeconds:0.#} s");
            return (null, new DialAttempt(gateway, endpoint.ToString(), DialFailure.ConnectTimeout, why));
        }
    }

    private static void WatchForSilence(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(TcpLevel, LinuxTcpUserTimeout, BitConverter.GetBytes((int)s_stallLimit.TotalMilliseconds));
        }
    }
}
