using System.Net.Sockets;
using System.Text;

namespace Headgate.Testing;

/// <summary>A service manager's end of the notification protocol: takes datagrams, as systemd does.</summary>
public sealed class NotifySocket : IDisposable
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <param name="name">As in <c>NOTIFY_SOCKET</c>: a path, or a name in the abstract namespace with <c>@</c> before it.</param>
    public NotifySocket(string name)
    {
        Name = name;
        _socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? "\0" + name[1..] : name));
    }

    public string Name { get; }

    /// <summary>A path that any user may send to.</summary>
    public static NotifySocket ForEverybody(string folder, string name)
    {
        const UnixFileMode Enter = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        const UnixFileMode Send = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Windows has no notification sockets.");
        }

        var socket = new NotifySocket(Path.Combine(folder, name));
        File.SetUnixFileMode(folder, Enter);
        File.SetUnixFileMode(socket.Name, Send);
        return socket;
    }

    /// <summary>The next datagram.</summary>
    public async Task<string> NextAsync(CancellationToken cancellationToken = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_silence);
        return Encoding.UTF8.GetString(_buffer, 0, await _socket.ReceiveAsync(_buffer, SocketFlags.None, patience.Token));
    }

    /// <summary>The next datagram that is as wanted; those before it are let go.</summary>
    /// <exception cref="TimeoutException">None came in time; says what did.</exception>
    public async Task<string> UntilAsync(Func<string, bool> isWanted)
    {
        // Of its own: a program that has a watchdog is never silent.
        using var patience = new CancellationTokenSource(s_patience);
        var seen = new List<string>();
        try
        {
            while (true)
            {
                seen.Add(await NextAsync(patience.Token));
                if (isWanted(seen[^1]))
                {
                    return seen[^1];
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("The service manager was told: " + string.Join(" | ", seen.TakeLast(20)));
        }
    }

    /// <summary>Whether a datagram waits.</summary>
    public bool HasMore => _socket.Available > 0;

    public void Dispose() => _socket.Dispose();
}
