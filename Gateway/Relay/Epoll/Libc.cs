using System.Runtime.InteropServices;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// The system calls of the event loops. All arguments are blittable, so a call costs little more than the call. What fails returns the negative error
/// number, as the kernel itself does it, read at once, before anything else can change it. Constants are those of x64 and arm64.
/// </summary>
internal static unsafe partial class Libc
{
    public const int AddressInet = 2;
    public const int AddressInet6 = 10;
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollModify = 3;
    public const uint EpollIn = 0x001;
    public const uint EpollOut = 0x004;
    public const uint EpollError = 0x008;
    public const uint EpollHangUp = 0x010;
    public const uint EpollExclusive = 1u << 28;
    public const int NotPermitted = 1;
    public const int Interrupted = 4;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int OutOfMemory = 12;
    public const int InvalidArgument = 22;
    public const int FilesOfSystem = 23;
    public const int FilesOfProcess = 24;
    public const int BrokenPipe = 32;
    public const int NoSystemCall = 38;
    public const int NotSocket = 88;
    public const int NotSupported = 95;
    public const int NetworkDown = 100;
    public const int NetworkUnreachable = 101;
    public const int NoBufferSpace = 105;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostDown = 112;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;
    public const uint SpliceMove = 1;
    public const uint SpliceNonBlocking = 2;

    private const string Name = "libc";
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Stream = 1;
    private const int NoSignal = 0x4000;
    private const int DontWait = 0x40;
    private const int SetPipeSize = 1031;
    private const int GetPipeSize = 1032;
    private const int SocketLevel = 1;
    private const int SocketError = 4;
    private const int SocketKeepAlive = 9;
    private const int SocketLinger = 13;
    private const int TcpLevel = 6;
    private const int TcpNoDelay = 1;
    private const int TcpKeepIdle = 4;
    private const int TcpKeepInterval = 5;
    private const int TcpKeepCount = 6;
    private const int TcpUserTimeout = 18;
    private const int ShutWrite = 1;

    public static int CreateEpoll() => Result(epoll_create1(CloseOnExec));

    public static int ControlEpoll(int epoll, int operation, int descriptor, void* what) => Result(epoll_ctl(epoll, operation, descriptor, what));

    public static int WaitEpoll(int epoll, void* events, int most, int milliseconds) => Result(epoll_wait(epoll, events, most, milliseconds));

    public static int CreateEvent() => Result(eventfd(0, CloseOnExec | NonBlocking));

    public static int Accept(int listener, void* address, int* length) => Result(accept4(listener, address, length, CloseOnExec | NonBlocking));

    public static int CreateSocket(int family) => Result(socket(family, Stream | CloseOnExec | NonBlocking, TcpLevel));

    public static int Connect(int socket, void* address, int length) => Result(connect(socket, address, length));

    public static int LocalAddress(int socket, void* address, int* length) => Result(getsockname(socket, address, length));

    public static int Receive(int socket, byte* into, int length) => (int)Result(recv(socket, into, length, DontWait));

    public static int Send(int socket, byte* from, int length) => (int)Result(send(socket, from, length, DontWait | NoSignal));

    public static int Read(int descriptor, byte* into, int length) => (int)Result(read(descriptor, into, length));

    public static int Write(int descriptor, byte* from, int length) => (int)Result(write(descriptor, from, length));

    public static int Splice(int from, int to, int length, uint flags) => (int)Result(splice(from, null, to, null, length, flags));

    public static int ShutDownWriting(int socket) => Result(shutdown(socket, ShutWrite));

    public static int Close(int descriptor) => Result(close(descriptor));

    public static int CreatePipe(int* ends) => Result(pipe2(ends, CloseOnExec | NonBlocking));

    public static int ResizePipe(int pipe, int bytes) => Result(fcntl(pipe, SetPipeSize, bytes));

    public static int PipeSize(int pipe) => Result(fcntl(pipe, GetPipeSize, 0));

    public static int GetAffinity(nint bytes, ulong* mask) => Result(sched_getaffinity(0, bytes, mask));

    public static int SetAffinity(nint bytes, ulong* mask) => Result(sched_setaffinity(0, bytes, mask));

    /// <summary>Takes the pending error off a socket; 0 when there is none.</summary>
    public static int PendingError(int socket)
    {
        int error, length = sizeof(int);
        return getsockopt(socket, SocketLevel, SocketError, &error, &length) == 0 ? error : Marshal.GetLastSystemError();
    }

    public static void SetNoDelay(int socket) => Set(socket, TcpLevel, TcpNoDelay, 1);

    /// <summary>Finds out that a silent peer is gone, whether or not something is on its way to it.</summary>
    public static void SetKeepAlive(int socket, int idleSeconds, int intervalSeconds, int probes, int unansweredMilliseconds)
    {
        Set(socket, SocketLevel, SocketKeepAlive, 1);
        Set(socket, TcpLevel, TcpKeepIdle, idleSeconds);
        Set(socket, TcpLevel, TcpKeepInterval, intervalSeconds);
        Set(socket, TcpLevel, TcpKeepCount, probes);
        Set(socket, TcpLevel, TcpUserTimeout, unansweredMilliseconds);
    }

    /// <summary>Closes with a TCP reset.</summary>
    public static void Reset(int socket)
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = setsockopt(socket, SocketLevel, SocketLinger, linger, 2 * sizeof(int));
        _ = close(socket);
    }

    private static void Set(int socket, int level, int option, int value) => _ = setsockopt(socket, level, option, &value, sizeof(int));

    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastSystemError();

    private static nint Result(nint result) => result >= 0 ? result : -Marshal.GetLastSystemError();

    [LibraryImport(Name)]
    private static partial int epoll_create1(int flags);

    [LibraryImport(Name)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, void* what);

    [LibraryImport(Name)]
    private static partial int epoll_wait(int epoll, void* events, int most, int milliseconds);

    [LibraryImport(Name)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport(Name)]
    private static partial int accept4(int listener, void* address, int* length, int flags);

    [LibraryImport(Name)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport(Name)]
    private static partial int connect(int socket, void* address, int length);

    [LibraryImport(Name)]
    private static partial int getsockname(int socket, void* address, int* length);

    [LibraryImport(Name)]
    private static partial int getsockopt(int socket, int level, int option, void* value, int* length);

    [LibraryImport(Name)]
    private static partial int setsockopt(int socket, int level, int option, void* value, int length);

    [LibraryImport(Name)]
    private static partial nint recv(int socket, byte* into, nint length, int flags);

    [LibraryImport(Name)]
    private static partial nint send(int socket, byte* from, nint length, int flags);

    [LibraryImport(Name)]
    private static partial nint read(int descriptor, byte* into, nint length);

    [LibraryImport(Name)]
    private static partial nint write(int descriptor, byte* from, nint length);

    [LibraryImport(Name)]
    private static partial nint splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [LibraryImport(Name)]
    private static partial int shutdown(int socket, int how);

    [LibraryImport(Name)]
    private static partial int close(int descriptor);

    [LibraryImport(Name)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport(Name)]
    private static partial int sched_getaffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport(Name)]
    private static partial int sched_setaffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport(Name)]
    private static partial int fcntl(int descriptor, int command, nint argument);
}
