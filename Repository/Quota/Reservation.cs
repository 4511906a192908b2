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

    /// <summary>Whose.</summary>
    public TenantLedger Ledger => _ledger;

    /// <summary>
    /// Makes sure that an object of <paramref name="size"/> bytes is covered; for uploads whose length was not announced. Sets aside up to
    /// 1 MiB more than asked where there is room, so that not every buffer takes the ledger's lock.
    /// </summary>
    public bool TryCover(long size)
    {
        var missing = Type == BlobType.Locks ? 0 : QuotaUse.CostOf(size) - _bytes;
        if (missing <= 0)
        {
            return true;
        }

        foreach (var step in (ReadOnlySpan<long>)[Math.Max(missing, GrowthBytes), missing])
        {
            if (_ledger.TryAdd(step, _allowance))
            {
                _bytes += step;
                return true;
            }
        }

        return false;
    }

    /// <summary>The object is committed with <paramref name="size"/> bytes: from reserved to used, in one step.</summary>
    public void Settle(long size)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _closed = true;
        _ledger.Close(Type, _bytes, QuotaUse.CostOf(size), committed: true);
    }

    /// <summary>Gives back what was not settled.</summary>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ledger.Close(Type, _bytes, 0, committed: false);
        }
    }
}
