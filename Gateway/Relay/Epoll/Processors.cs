using System.Numerics;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Which processors threads run on (sched_setaffinity(2)). A loop that stays where the sender's or the receiver's half of a connection is worked for finds
/// packets in that processor's cache; one that wanders does not.
/// </summary>
internal static unsafe class Processors
{
    /// <summary>As many as the kernel's mask can name by default.</summary>
    private const int MaskWords = 1024 / 64;

    /// <summary>The processors that the calling thread may run on, in order; none when the system does not say.</summary>
    public static IReadOnlyList<int> Allowed()
    {
        var mask = stackalloc ulong[MaskWords];
        var allowed = new List<int>();
        if (Libc.GetAffinity(MaskWords * sizeof(ulong), mask) < 0)
        {
            return allowed;
        }

        for (var i = 0; i < MaskWords; i++)
        {
            for (var word = mask[i]; word != 0; word &= word - 1)
            {
                allowed.Add((64 * i) + BitOperations.TrailingZeroCount(word));
            }
        }

        return allowed;
    }

    /// <summary>Keeps the calling thread on one processor. Without effect where that one has gone: then any will do.</summary>
    public static void Keep(int processor)
    {
        var mask = stackalloc ulong[MaskWords];
        mask[processor / 64] = 1UL << (processor % 64);
        _ = Libc.SetAffinity(MaskWords * sizeof(ulong), mask);
    }
}
