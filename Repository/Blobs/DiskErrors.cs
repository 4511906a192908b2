namespace Headgate.Repository.Blobs;

/// <summary>What an <see cref="IOException"/> of the file system means.</summary>
internal static class DiskErrors
{
    private const int NoSpacePosix = 28; // ENOSPC
    private const int QuotaPosix = 122; // EDQUOT on Linux
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int HandleDiskFullWindows = unchecked((int)0x80070027);

    /// <summary>Whether the disk, or the operating system's own quota on it, is full.</summary>
    public static bool IsFull(IOException error) => OperatingSystem.IsWindows()
        ? error.HResult is DiskFullWindows or HandleDiskFullWindows
        : error.HResult is NoSpacePosix or QuotaPosix;
}
