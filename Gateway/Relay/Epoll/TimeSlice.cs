using System.Runtime.InteropServices;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// How long a thread runs at a time when others wait for its processor (sched_setattr(2)). Linux lets the thread with the shortest slice go first among those
/// that have had no more than their share, so a loop with short ones finds fewer bytes at a socket each time, and these still in the processor's cache; it gets
/// no more time in all. For ordinary threads that keep to the default policy, from Linux 6.12 on; without effect, and without harm, before.
/// </summary>
internal static unsafe partial class TimeSlice
{
    /// <summary>The least that the kernel takes.</summary>
    private const ulong Nanoseconds = 100_000;

    /// <summary>Threads that this one starts do not inherit it.</summary>
    private const ulong ResetOnFork = 1;

    private const uint OrdinaryPolicy = 0;

    private static nint SetCall => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 314 : 274;

    private static nint GetCall => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 315 : 275;

    /// <summary>Asks for short slices for the calling thread, unless an operator gave it another policy. Returns whether the system took it.</summary>
    public static bool Shorten()
    {
        if (!TryRead(out var attributes) || attributes.Policy != OrdinaryPolicy)
        {
            return false;
        }

        // Niceness stays as it was read.
        attributes.Size = (uint)sizeof(Attributes);
        attributes.Flags = ResetOnFork;
        attributes.Runtime = Nanoseconds;
        return syscall(SetCall, 0, (nint)(&attributes), 0, 0) >= 0;
    }

    /// <summary>The calling thread's slice, in nanoseconds; 0 when the system does not tell.</summary>
    public static ulong Current() => TryRead(out var attributes) ? attributes.Runtime : 0;

    private static bool TryRead(out Attributes attributes)
    {
        var read = default(Attributes);
        var isRead = syscall(GetCall, 0, (nint)(&read), sizeof(Attributes), 0) >= 0;
        attributes = read;
        return isRead;
    }

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint thread, nint attributes, nint sizeOrFlags, nint flags);

    /// <summary><c>struct sched_attr</c> in its first version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
