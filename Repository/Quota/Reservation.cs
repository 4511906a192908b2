using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>Bytes set aside for one upload. Settled when it is committed, released when it is not. Not for concurrent use.</summary>
internal sealed class Reservation : IDisposable
{
    private const long GrowthBytes = 1 << 20;
    private readonly TenantLedger _ledger;
    private readonly Allowance _allowance;
    private long _bytes;
    private bool _closed;

    internal Reservation(TenantLedger ledger, BlobType type, Allowance allowance, long bytes)
    {
        _ledger = ledger;
        Type = type;
        _allowance = allowance;
        _bytes = bytes;
    }

    /// <summary>What it is for.</summary>
    public BlobType Type { get; }

    /// <summary>Whether the object may still be committed: not once another process has taken this one's place.</summary>
    public bool IsValid => Type == BlobType.Locks || !_ledger.IsSuperseded;

    /// <summary>
    /// Makes sure that an object of <paramref name="size"/> bytes is covered; for uploads whose length was not announced. Sets aside up to
    /// 1 MiB more than asked where there is room, so that not every buffer takes the ledger's lock; waits where only the silo can grant it.
    /// </summary>
    public async ValueTask<ReserveStatus> CoverAsync(long size, CancellationToken token)
    {
        var missing = Type == BlobType.Locks ? 0 : QuotaUse.CostOf(size) - _bytes;
        if (missing <= 0)
        {
            return ReserveStatus.Reserved;
        }

        var step = Math.Max(missing, GrowthBytes);
        if (!_ledger.TryAdd(step, _allowance))
        {
            step = missing;
            var status = await _ledger.AddAsync(step, _allowance, token);
            if (status != ReserveStatus.Reserved)
            {
                return status;
            }
        }

        _bytes += step;
        return ReserveStatus.Reserved;
    }

    /// <summary>The object is committed with <paramref name="size"/> bytes: from reserved to used, in one step. Under <see cref="TenantLedger.Moving"/>, together with its name.</summary>
    public void Settle(in BlobKey key, long size)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _closed = true;
        _ledger.Committed(key, _bytes, size);
    }

    /// <summary>Gives back what was not settled.</summary>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ledger.Release(Type, _bytes);
        }
    }
}
