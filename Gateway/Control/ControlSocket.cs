using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Headgate.Gateway.Control;

/// <summary>
/// The unix socket <c>control.sock</c> in the data folder, for whoever runs commands on this machine as the gateway's user (mode 0600). A unix socket's
/// path has at most 103 bytes; on Linux a longer one is reached by way of the folder's descriptor.
/// <code>
/// client  connections [TENANT]\n
/// server  {"id":...}\n for each connection, then {"count":N}\n, then end of stream
///         {"error":"..."}\n for any other request
/// </code>
/// </summary>
internal static partial class ControlSocket
{
    public const string FileName = "control.sock";

    // sun_path has 108 bytes on Linux and 104 elsewhere, the ending zero included.
    private const int MaxPathBytes = 103;
    private const int PathOnly = 0x200000; // O_PATH

    /// <summary>Where it lies.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), FileName);

    /// <summary>A socket that listens there, for its owner only. What an earlier process left there is removed.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    /// <exception cref="IOException">The path cannot be used; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not ours.</exception>
    public static Socket Listen(string dataFolder, int backlog)
    {
        var path = PathIn(dataFolder);
        File.Delete(path);
        var socket = New();
        try
        {
            AtPath(dataFolder, name => socket.Bind(new UnixDomainSocketEndPoint(name)));
            if (!OperatingSystem.IsWindows())
            {
                // Before it listens, so that nobody else can have connected.
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket connected to the gateway that runs there.</summary>
    /// <exception cref="SocketException">None runs, or it may not be asked.</exception>
    /// <exception cref="IOException">The path cannot be used; the message says why.</exception>
    public static Socket Connect(string dataFolder)
    {
        var socket = New();
        try
        {
            AtPath(dataFolder, name => socket.Connect(new UnixDomainSocketEndPoint(name)));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static void AtPath(string dataFolder, Action<string> use)
    {
        var path = PathIn(dataFolder);
        var bytes = Encoding.UTF8.GetByteCount(path);
        if (bytes <= MaxPathBytes)
        {
            use(path);
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new IOException($"The path {path} has {bytes} bytes; a socket's has at most {MaxPathBytes}. Choose a shorter --data");
        }

        var folder = Open(Path.GetFullPath(dataFolder), PathOnly);
        if (folder < 0)
        {
            throw new IOException($"{dataFolder} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            use($"/proc/self/fd/{folder}/{FileName}");
        }
        finally
        {
            _ = Close(folder);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
