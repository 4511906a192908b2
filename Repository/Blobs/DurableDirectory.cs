using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Headgate.Repository.Blobs;

/// <summary>
/// Makes names in a directory survive a power cut. On POSIX systems a rename or mkdir is on disk only after fsync of the directory that
/// holds the name; .NET opens no directories, so this goes to libc. On Windows NTFS journals the name with the rename and offers no
/// flush of a directory handle to programs without backup privileges, so there <see cref="Flush"/> does nothing.
/// </summary>
internal static partial class DurableDirectory
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000; // O_RDONLY | O_DIRECTORY | O_CLOEXEC on Linux
    private const int ReadOnlyDirectoryCloseOnExecArm = 0x4000 | 0x80000; // O_DIRECTORY differs on arm and arm64
    private const int Interrupted = 4; // EINTR
    private const int Invalid = 22; // EINVAL: this file system has no fsync of directories and orders names itself

    /// <summary>Flushes the names in <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The directory could not be opened or flushed; its names may not survive a power cut.</exception>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
        int descriptor;
        do
        {
            descriptor = Open(path, arm ? ReadOnlyDirectoryCloseOnExecArm : ReadOnlyDirectoryCloseOnExec);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        if (descriptor < 0)
        {
            throw Failure(path, "open");
        }

        try
        {
            int result;
            do
            {
                result = FSync(descriptor);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            if (result < 0 && Marshal.GetLastPInvokeError() != Invalid)
            {
                throw Failure(path, "flush");
            }
        }
        finally
        {
            _ = Close(descriptor); // read-only: nothing is lost when close fails
        }
    }

    /// <summary>Creates <paramref name="path"/> below an existing parent unless it is there, and flushes the parent in either case.</summary>
    public static void Ensure(string path)
    {
        Directory.CreateDirectory(path);
        Flush(Path.GetDirectoryName(path)!);
    }

    private static IOException Failure(string path, string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what} the directory {path}: {new Win32Exception(error).Message}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
