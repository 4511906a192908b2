using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Headgate.Server.Hosting;

/// <summary>The unix socket of the management API: <c>&lt;data&gt;/admin.sock</c>, mode 0600 before anybody can connect.</summary>
internal static class AdminSocket
{
    public const string FileName = "admin.sock";

    // sun_path has 108 bytes on Linux and 104 elsewhere, the ending zero included.
    public const int MaxPathBytes = 103;

    /// <summary>The socket's path.</summary>
    /// <exception cref="StartupException">The path is longer than the system takes.</exception>
    public static string PathOf(string dataDirectory)
    {
        var path = Path.Combine(Path.GetFullPath(dataDirectory), FileName);
        var bytes = Encoding.UTF8.GetByteCount(path);
        return bytes <= MaxPathBytes
            ? path
            : throw new StartupException($"The management socket's path {path} has {bytes} bytes; the system takes at most {MaxPathBytes}. Choose a shorter --data.");
    }

    /// <summary>Takes away the file that a killed server left. Only with the data directory's lock held.</summary>
    public static void RemoveStale(string path) => File.Delete(path);

    /// <summary>Binds listening sockets; the management socket's file is made readable by its owner alone before it listens.</summary>
    public static Socket Bind(EndPoint endPoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        if (endPoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(endPoint.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return socket;
    }
}
