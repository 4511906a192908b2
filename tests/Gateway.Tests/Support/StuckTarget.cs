using System.Net;
using System.Net.Sockets;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A target whose backlog is full: it neither takes a connection nor refuses it.</summary>
internal sealed class StuckTarget : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public StuckTarget()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(0);
        Socket next;
        do
        {
            next = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(next);
            try
            {
                next.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // On this machine's own network what is taken is taken at once.
            }
        }
        while (next.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite));
    }

    public RelayTarget Target => new("stuck", "127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port, new byte[32]);

    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}
