using System.Net;
using System.Net.Sockets;

namespace Headgate.Resume.Bench;

/// <summary>What stands between a connector and its repository: passes one connection's bytes on, both ways, with plain reads and writes of 64 KiB.</summary>
internal static class Relay
{
    /// <summary>Listens, and passes the first connection that comes on to <paramref name="target"/>.</summary>
    /// <returns>Where it listens.</returns>
    public static EndPoint Start(EndPoint target)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var at = listener.LocalEndPoint!;
        Run(() =>
        {
            using var both = listener;
            var near = listener.Accept();
            near.NoDelay = true;
            var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            far.Connect(target);
            Run(() => Pass(far, near));
            Pass(near, far);
        });
        return at;
    }

    private static void Pass(Socket from, Socket to)
    {
        var buffer = new byte[65536];
        try
        {
            for (int read; (read = from.Receive(buffer)) > 0;)
            {
                for (var sent = 0; sent < read;)
                {
                    sent += to.Send(buffer.AsSpan(sent, read - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One end is gone, so the other one goes.
            from.Dispose();
            to.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // The other direction found that.
        }
    }

    private static void Run(Action body) => new Thread(() => body()) { IsBackground = true }.Start();
}
