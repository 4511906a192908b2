using System.Runtime.InteropServices;

namespace Headgate.Protocol.Services;

/// <summary>
/// Files and folders that a program makes without saying for whom (a database, its log, tenants' objects): theirs alone whose program it is, however the program was started and
/// whoever made the folder above.
/// </summary>
public static partial class PrivateFiles
{
    private const uint OwnerOnly = 0x3F; // 0077: nothing for the group, nothing for others

    /// <summary>Sets it for this process. Nothing on Windows, where the folder's list decides.</summary>
    public static void ForThisProcess()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetMask(OwnerOnly);
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
