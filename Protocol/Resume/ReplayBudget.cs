namespace Headgate.Protocol.Resume;

/// <summary>Bytes that the replay buffers of all sessions of a host may hold together. Safe for all threads.</summary>
/// <remarks>
/// Each session may always have <see cref="GuaranteedBlocks"/> blocks, so that none stands still because of others: the sum can exceed the limit by that
/// much per session, and by what each application writes between two flushes. A session that finds no room beyond them waits for acknowledgements of its own.
/// </remarks>
/// <param name="bytes">The limit in bytes.</param>
public sealed class ReplayBudget(long bytes)
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 65536;

    /// <summary>Blocks that a session may have whatever the others hold.</summary>
    public const int GuaranteedBlocks = 4;

    /// <summary>Blocks that nobody holds and that are kept for whoever asks next. The array pool would do, but blocks are taken by one thread and given back by another: it loses some and makes new ones.</summary>
    private const int SpareBlocks = 64;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _spare = new();
    private long _held;

    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = bytes;

    /// <summary>Bytes held at this moment.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>True when a session that has <paramref name="blocks"/> of them may have one more.</summary>
    internal bool HasRoom(int blocks) => blocks < GuaranteedBlocks || Held + BlockBytes <= Limit;

    /// <summary>True when a session that has <paramref name="blocks"/> of them may fill the last one.</summary>
    internal bool IsKept(int blocks) => blocks <= GuaranteedBlocks || Held <= Limit;

    /// <summary>Lends one more block, whatever the limit.</summary>
    internal byte[] Take()
    {
        Interlocked.Add(ref _held, BlockBytes);
        lock (_lock)
        {
            // The one given back last is the likeliest to be in the processor's cache.
            if (_spare.TryPop(out var block))
            {
                return block;
            }
        }

        return GC.AllocateUninitializedArray<byte>(BlockBytes);
    }

    /// <summary>Takes one block back.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isReusable">False when somebody may still write to it: it is left to the collector.</param>
    internal void Return(byte[] block, bool isReusable)
    {
        Interlocked.Add(ref _held, -BlockBytes);
        lock (_lock)
        {
            if (isReusable && _spare.Count < SpareBlocks)
            {
                _spare.Push(block);
            }
        }
    }
}
