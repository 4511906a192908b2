using Headgate.Silo.Storage.Rows;

namespace Headgate.Silo.Storage;

/// <summary>The log that the edge streams are fed from. Sequence numbers rise in the order of commits and are never used twice. Safe for concurrent use.</summary>
internal interface IEdgeLog
{
    /// <summary>At most <paramref name="max"/> rows after <paramref name="after"/>, in order. Payloads go through <see cref="EdgePayload.For"/> before they are sent.</summary>
    Task<IReadOnlyList<EdgeLogRow>> ReadAsync(long after, int max, CancellationToken cancellationToken);

    /// <summary>The oldest row that is still there and the newest; zeros when nothing was ever logged.</summary>
    Task<(long Oldest, long Newest)> RangeAsync(CancellationToken cancellationToken);

    /// <summary>Returns when a row after <paramref name="after"/> has been committed by this process, at once when one was. Rows of other processes are not seen: poll beside it.</summary>
    Task WaitAsync(long after, CancellationToken cancellationToken);

    /// <summary>Deletes rows older than <paramref name="before"/>, but never the newest one; answers how many.</summary>
    Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
