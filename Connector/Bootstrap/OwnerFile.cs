namespace Headgate.Connector.Bootstrap;

/// <summary>Files of the state folder: for the owner of this process alone (0600, folders 0700), and never half of one.</summary>
internal static class OwnerFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>How such a file is opened.</summary>
    public static FileStreamOptions Options(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = Owner;
        }

        return options;
    }

    /// <summary>Makes a folder, and those above it.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Writes beside and renames.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        using (var file = new FileStream(temporary, Options(FileMode.Create, FileAccess.Write, FileShare.None)))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Whether other users of this machine may read or change it. Windows' lists are not looked at.</summary>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;

    /// <summary>Opens it for as long as this process wants to be the only one; null when another is. The system lets go of it however the process ends.</summary>
    /// <exception cref="IOException">It cannot be opened for another reason, such as a file system that is read-only.</exception>
    public static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    /// <summary>Whether a process holds it by <see cref="TryLock"/>. Any number may look at a time.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static bool IsLocked(string path)
    {
        try
        {
            using var look = new FileStream(path, Options(FileMode.Open, FileAccess.Read, FileShare.Read));
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException e) when (IsHeld(e))
        {
            return true;
        }
    }

    // EWOULDBLOCK of flock(2), as .NET passes it on; ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException e) => e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : 11);
}
