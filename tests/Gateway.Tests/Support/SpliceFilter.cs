using System.Runtime.InteropServices;

namespace Headgate.Gateway.Tests.Support;

/// <summary>
/// Has the kernel refuse splice(2) to the calling thread, for as long as it lives: a seccomp filter, as a container or a service manager may set one.
/// </summary>
internal static unsafe partial class SpliceFilter
{
    public const int NotPermitted = 1;
    public const int InvalidArgument = 22;
    public const int NoSystemCall = 38;

    private const int SetNoNewPrivileges = 38;
    private const int SetSeccomp = 22;
    private const int Filter = 2;

    private static readonly uint s_splice = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 275u : 76u;

    /// <summary>False when this machine lets nobody set a filter.</summary>
    public static bool TrySet(int error)
    {
        // struct sock_filter: code, where to go on, by how much to skip. The number of the call is the first thing to load.
        var instructions = stackalloc ulong[4]
        {
            Instruction(0x20, 0, 0, 0),
            Instruction(0x15, 0, 1, s_splice),
            Instruction(0x06, 0, 0, 0x0005_0000u | (uint)error),
            Instruction(0x06, 0, 0, 0x7fff_0000u),
        };
        var program = stackalloc nint[2] { 4, (nint)instructions };
        return prctl(SetNoNewPrivileges, 1, 0, 0, 0) == 0 && prctl(SetSeccomp, Filter, (nint)program, 0, 0) == 0;
    }

    private static ulong Instruction(ushort code, byte whenTrue, byte whenFalse, uint value) =>
        code | ((ulong)whenTrue << 16) | ((ulong)whenFalse << 24) | ((ulong)value << 32);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nint second, nint third, nint fourth, nint fifth);
}
