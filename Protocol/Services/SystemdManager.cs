using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Headgate.Protocol.Services;

/// <summary>
/// systemd's notification protocol (sd_notify(3)): one datagram for each message to the unix socket that <c>NOTIFY_SOCKET</c> names, of lines
/// <c>NAME=value</c>. A name that begins with <c>@</c> is in the abstract namespace, where its first byte is 0.
/// <code>
/// READY=1                     the start is done; a unit of Type=notify waits for it
/// STATUS=text                 shown by systemctl status
/// STOPPING=1                  the stop has begun
/// EXTEND_TIMEOUT_USEC=n       the timeout of what goes on (here: the stop) ends in n microseconds from this datagram on
/// WATCHDOG=1                  due within WATCHDOG_USEC, where WATCHDOG_PID is this process or not set
/// </code>
/// </summary>
internal sealed class SystemdManager : IServiceManager, IDisposable
{
    private readonly Socket _socket;
    private readonly UnixDomainSocketEndPoint _manager;
    private long _lost;

    private SystemdManager(UnixDomainSocketEndPoint manager, TimeSpan? watchdogInterval)
    {
        _manager = manager;
        WatchdogInterval = watchdogInterval;

        // Never waits: a manager whose queue is full loses a message, not we our time.
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    }

    public TimeSpan? WatchdogInterval { get; }

    /// <summary>Messages that the manager did not take.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>A manager as the variables name it; null when they name none that can be talked to.</summary>
    public static SystemdManager? From(Func<string, string?> variable)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } name || name[0] is not ('/' or '@'))
        {
            return null;
        }

        try
        {
            return new SystemdManager(new UnixDomainSocketEndPoint(name[0] == '@' ? "\0" + name[1..] : name), Watchdog(variable));
        }
        catch (ArgumentOutOfRangeException)
        {
            // Longer than a socket's name can be: nobody can listen there.
            return null;
        }
    }

    public void Ready(string status) => Send("READY=1\nSTATUS=" + OneLine(status));

    public void Status(string status) => Send("STATUS=" + OneLine(status));

    public void Stopping(string status) => Send("STOPPING=1\nSTATUS=" + OneLine(status));

    public void ExtendTimeout(TimeSpan further) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={(long)further.TotalMicroseconds}"));

    public void Alive() => Send("WATCHDOG=1");

    public void Dispose() => _socket.Dispose();

    private static TimeSpan? Watchdog(Func<string, string?> variable)
    {
        var isOurs = variable("WATCHDOG_PID") is not { Length: > 0 } pid
            || (int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id == Environment.ProcessId);
        return isOurs && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) && allowed > 0
            ? TimeSpan.FromMicroseconds(allowed) / 2
            : null;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Send(string message)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _manager);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _lost);
        }
    }
}
