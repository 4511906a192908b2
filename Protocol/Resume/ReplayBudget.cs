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

    private long _held;

    /// <summary>The limit in bytes.</summary>
    public long Limit { get; } = bytes;

    /// <summary>Bytes held at this moment.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>True when a session that has <paramref name="blocks"/> of them may have one more.</summary>
    internal bool HasRoom(int blocks) => blocks < GuaranteedBlocks || Held + BlockBytes <= Limit;

    /// <summary>True when a session that has <paramref name="blocks"/> of them may fill the last one.</summary>
    internal bool IsKept(int blocks) => blocks <= GuaranteedBlocks || Held <= Limit;

    /// <summary>Counts one more block, whatever the limit.</summary>
    internal void Take() => Interlocked.Add(ref _held, BlockBytes);

    /// <summary>Gives one block back.</summary>
    internal void Return() => Interlocked.Add(ref _held, -BlockBytes);
}
