using System.Net.Sockets;
using System.Text;

namespace Headgate.Protocol.Tests.Services;

/// <summary>A service manager's end of the notification protocol: takes datagrams, as systemd does.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <param name="name">As in <c>NOTIFY_SOCKET</c>: a path, or a name in the abstract namespace with <c>@</c> before it.</param>
    public NotifySocket(string name)
    {
        Name = name;
        _socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? "\0" + name[1..] : name));
    }

    public string Name { get; }

    /// <summary>The next datagram.</summary>
    public async Task<string> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return Encoding.UTF8.GetString(_buffer, 0, await _socket.ReceiveAsync(_buffer, SocketFlags.None, patience.Token));
    }

    /// <summary>Whether a datagram waits.</summary>
    public bool HasMore => _socket.Available > 0;

    public void Dispose() => _socket.Dispose();
}
