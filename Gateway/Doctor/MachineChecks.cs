using System.Globalization;
using System.Runtime.InteropServices;
using Headgate.Gateway.Limits;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Doctor;

/// <summary>What can be wrong with the machine itself: disk, clock, limits.</summary>
internal static partial class MachineChecks
{
    private const long FewBytes = 1L << 30;
    private const long HardlyAnyBytes = 100L << 20;
    private const double FewShare = 0.05;
    private const double HardlyAnyShare = 0.01;
    private const int TimeIsNotKept = 5;

    /// <summary>Whether a folder can be written, and what room it has.</summary>
    public static void Disk(Examination found, string folder, string whatStops)
    {
        var check = "disk " + folder;
        try
        {
            var probe = Path.Combine(folder, $".doctor-{Guid.NewGuid():N}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }

            var drive = new DriveInfo(Path.GetFullPath(folder));
            var (free, all) = (drive.AvailableFreeSpace, drive.TotalSize);
            var seen = $"{ByteSize.Format(free)} of {ByteSize.Format(all)} are free";
            var toDo = $"Make room: when nothing is left, {whatStops}.";
            if (free < HardlyAnyBytes || free < all * HardlyAnyShare)
            {
                found.Fail(check, seen, toDo);
            }
            else if (free < FewBytes || free < all * FewShare)
            {
                found.Warn(check, seen, toDo);
            }
            else
            {
                found.Ok(check, seen);
            }

            Inodes(found, check, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            found.Fail(check, $"nothing can be written there: {exception.Message}", $"Let the program's user write to {folder}, on a disk that has room: until then {whatStops}.");
        }
    }

    /// <summary>Whether the system says that somebody keeps its clock.</summary>
    public static void ClockIsKept(Examination found)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Span<byte> state = stackalloc byte[512];
        if (AdjustTime(ref MemoryMarshal.GetReference(state)) == TimeIsNotKept)
        {
            found.Warn("clock", "the system says that nobody keeps its clock", "Run a time service (systemd-timesyncd, chrony): certificates, leases and runs go by the clock.");
        }
        else
        {
            found.Ok("clock", "kept by a time service");
        }
    }

    /// <summary>How far another's clock is from this machine's.</summary>
    public static void Skew(Examination found, string other, TimeSpan ahead)
    {
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(ahead.TotalSeconds):0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's");
        const string ToDo = "Let both machines keep their time by a time service (systemd-timesyncd, chrony).";
        switch (Math.Abs(ahead.TotalSeconds))
        {
            case > 300:
                found.Fail("clock of " + other, seconds + ": certificates will be refused", ToDo);
                break;
            case > 5:
                found.Warn("clock of " + other, seconds, ToDo);
                break;
            default:
                found.Ok("clock of " + other, "the same as this machine's");
                break;
        }
    }

    /// <summary>Whether a process may open as many files as it needs.</summary>
    public static void OpenFiles(Examination found, int pid, long needed)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/limits");
        if (!OperatingSystem.IsLinux() || !File.Exists(path))
        {
            return;
        }

        try
        {
            var limit = DescriptorLimit.Parse(File.ReadLines(path));
            if (limit < needed)
            {
                found.Warn(
                    "open files",
                    string.Create(CultureInfo.InvariantCulture, $"the process may open {limit}; for all the connections it is set to take it needs {needed}"),
                    "Raise the limit (LimitNOFILE= in the unit, or ulimit -n).");
            }
            else
            {
                found.Ok("open files", limit is null ? "no limit" : string.Create(CultureInfo.InvariantCulture, $"the process may open {limit}"));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            found.Warn("open files", $"the process's limit cannot be read: {exception.Message}", "Run this as the program's user, or as root.");
        }
    }

    /// <summary>How long a certificate lasts.</summary>
    /// <param name="found">Takes the finding.</param>
    /// <param name="check">Whose it is.</param>
    /// <param name="ends">When it ends.</param>
    /// <param name="warnBefore">It should have been renewed by then.</param>
    /// <param name="now">This machine's clock.</param>
    /// <param name="toDo">What to do when it was not.</param>
    public static void Life(Examination found, string check, DateTimeOffset ends, TimeSpan warnBefore, DateTimeOffset now, string toDo)
    {
        var left = ends - now;
        var seen = string.Create(CultureInfo.InvariantCulture, $"ends {ends.UtcDateTime:yyyy-MM-dd HH:mm} UTC, in {left.TotalDays:0} days");
        if (left <= TimeSpan.Zero)
        {
            found.Fail(check, string.Create(CultureInfo.InvariantCulture, $"ended {ends.UtcDateTime:yyyy-MM-dd HH:mm} UTC"), toDo);
        }
        else if (left < warnBefore)
        {
            found.Warn(check, seen, toDo);
        }
        else
        {
            found.Ok(check, seen);
        }
    }

    private static void Inodes(Examination found, string check, string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return;
        }

        // struct statvfs: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_favail, ...; all of 8 bytes.
        Span<ulong> state = stackalloc ulong[32];
        if (StatVfs(folder, ref MemoryMarshal.GetReference(state)) != 0)
        {
            return;
        }

        var (all, free) = (state[5], state[7]);
        if (all > 0 && free < all * FewShare)
        {
            found.Warn(check, string.Create(CultureInfo.InvariantCulture, $"{free} of {all} inodes are free"), "Delete files, or move to a file system with more inodes.");
        }
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTime(ref byte state);

    [LibraryImport("libc", EntryPoint = "statvfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatVfs(string path, ref ulong state);
}
