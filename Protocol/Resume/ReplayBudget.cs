namespace Headgate.Protocol.Resume;

/// <summary>Bytes that the replay buffers of all sessions of a host may hold together. Safe for all threads.</summary>
/// <remarks>
/// Each session may always have <see cref="GuaranteedBlocks"/> blocks, so that none stands still because of others: the sum can exceed the limit by that
/// much per session. A session that finds no room beyond them waits for acknowledgements of its own.
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

    /// <summary>Counts one more block for a session that has <paramref name="blocks"/> of them.</summary>
    /// <returns>False when there is no room.</returns>
    internal bool TryTake(int blocks)
    {
        if (Interlocked.Add(ref _held, BlockBytes) <= Limit || blocks < GuaranteedBlocks)
        {
            return true;
        }

        Interlocked.Add(ref _held, -BlockBytes);
        return false;
    }

    /// <summary>Gives one block back.</summary>
    internal void Return() => Interlocked.Add(ref _held, -BlockBytes);
}
