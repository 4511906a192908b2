using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// One epoll instance, level-triggered, and the array that it fills. <c>struct epoll_event</c> is a mask of 32 bits and 64 bits of the caller's, packed on
/// x64 (12 bytes) and not elsewhere (16 bytes).
/// </summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int MaxEvents = 256;

    private readonly int _epoll;
    private readonly byte* _events;

    public Poller()
    {
        _epoll = Check(Libc.CreateEpoll());
        _events = (byte*)NativeMemory.Alloc((nuint)(MaxEvents * Stride));
    }

    private static int Stride => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static int DataAt => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>Begins to watch; errors and hang-ups are told whatever is wanted.</summary>
    public void Add(int descriptor, uint wanted, ulong data) => Check(Control(Libc.EpollAdd, descriptor, wanted, data));

    public void Modify(int descriptor, uint wanted, ulong data) => Check(Control(Libc.EpollModify, descriptor, wanted, data));

    public void Remove(int descriptor) => Check(Control(Libc.EpollDelete, descriptor, 0, 0));

    /// <summary>Tells epoll what is wanted of a connection's socket, if that differs from what it was told.</summary>
    public void Want(EdgeConnection connection, bool isTarget, uint wanted)
    {
        ref var side = ref isTarget ? ref connection.Far : ref connection.Near;
        if (side.IsWatched && side.Wanted == wanted && (wanted != 0 || !side.HasHungUp))
        {
            return;
        }

        var data = ((ulong)connection.Generation << 32) | ((uint)connection.Slot << 1) | (isTarget ? 1u : 0u);
        if (!side.IsWatched)
        {
            if (wanted == 0 && side.HasHungUp)
            {
                return;
            }

            Add(side.Socket, wanted, data);
            side.IsWatched = true;
        }
        else if (wanted == 0 && side.HasHungUp)
        {
            Remove(side.Socket);
            side.IsWatched = false;
        }
        else
        {
            Modify(side.Socket, wanted, data);
        }

        side.Wanted = wanted;
    }

    /// <summary>Waits for events; returns how many there are to be read with <see cref="Event"/>.</summary>
    public int Wait(int milliseconds)
    {
        var count = Libc.WaitEpoll(_epoll, _events, MaxEvents, milliseconds);
        return count == -Libc.Interrupted ? 0 : Check(count);
    }

    public uint Event(int index, out ulong data)
    {
        var at = _events + (index * Stride);
        data = Unsafe.ReadUnaligned<ulong>(at + DataAt);
        return Unsafe.ReadUnaligned<uint>(at);
    }

    public void Dispose()
    {
        _ = Libc.Close(_epoll);
        NativeMemory.Free(_events);
    }

    private int Control(int operation, int descriptor, uint wanted, ulong data)
    {
        var what = stackalloc byte[16];
        Unsafe.WriteUnaligned(what, wanted);
        Unsafe.WriteUnaligned(what + DataAt, data);
        return Libc.ControlEpoll(_epoll, operation, descriptor, what);
    }

    private static int Check(int result) => result >= 0
        ? result
        : throw new InvalidOperationException($"epoll failed: {Marshal.GetPInvokeErrorMessage(-result)}.");
}
