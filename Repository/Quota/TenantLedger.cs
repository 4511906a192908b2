using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>
/// One tenant's account. What is used and what uploads have reserved stay together at or below the limit: both are compared and raised
/// under one lock, so that no number of parallel writers passes it. Locks have a reserve of their own, by number.
/// </summary>
internal sealed class TenantLedger(string tenant, int maxLocks)
{
    private readonly Lock _gate = new();
    private long? _limit;
    private long _used;
    private long _reserved;
    private int _locks;
    private long? _reported;

    /// <summary>The tenant.</summary>
    public string Tenant => tenant;

    /// <summary>How many locks there may be.</summary>
    public int MaxLocks => maxLocks;

    /// <summary>The account now.</summary>
    public LedgerView View
    {
        get
        {
            lock (_gate)
            {
                return new LedgerView(_limit, _used, _reserved, _locks);
            }
        }
    }

    /// <summary>The silo's word on the limit; null takes it away. A lower limit than what is used only stops further writes.</summary>
    public void SetLimit(long? bytes)
    {
        lock (_gate)
        {
            _limit = bytes;
        }
    }

    /// <summary>Takes an object found on disk at start into account.</summary>
    public void Found(BlobType type, long size)
    {
        lock (_gate)
        {
            if (type == BlobType.Locks)
            {
                _locks++;
            }
            else
            {
                _used += QuotaUse.CostOf(size);
            }
        }
    }

    /// <summary>An object is gone from the disk.</summary>
    public void Deleted(BlobType type, long size)
    {
        lock (_gate)
        {
            if (type == BlobType.Locks)
            {
                _locks--;
            }
            else
            {
                _used -= QuotaUse.CostOf(size);
            }
        }
    }

    /// <summary>Sets bytes aside for an upload.</summary>
    /// <param name="type">What is uploaded; a lock takes a place among the locks instead of bytes.</param>
    /// <param name="size">Announced size; null when it will be known at the end only.</param>
    /// <param name="allowance">How far it may go.</param>
    /// <param name="reservation">To settle or dispose, when the answer is <see cref="ReserveStatus.Reserved"/>.</param>
    public ReserveStatus TryReserve(BlobType type, long? size, Allowance allowance, out Reservation? reservation)
    {
        reservation = null;
        var cost = type == BlobType.Locks ? 0 : QuotaUse.CostOf(size ?? 0);
        lock (_gate)
        {
            if (type == BlobType.Locks)
            {
                if (_locks >= maxLocks)
                {
                    return ReserveStatus.TooManyLocks;
                }

                _locks++;
            }
            else if (_limit is null)
            {
                return ReserveStatus.NoQuota;
            }
            else if (!Fits(cost, allowance))
            {
                return ReserveStatus.OverLimit;
            }

            _reserved += cost;
        }

        reservation = new Reservation(this, type, allowance, cost);
        return ReserveStatus.Reserved;
    }

    /// <summary>The use to report: null when it is what the silo acknowledged last.</summary>
    public long? Unreported()
    {
        lock (_gate)
        {
            return _reported == _used ? null : _used;
        }
    }

    /// <summary>The silo acknowledged <paramref name="used"/>.</summary>
    public void Reported(long used)
    {
        lock (_gate)
        {
            _reported = used;
        }
    }

    /// <summary>What the silo acknowledged may be lost to it.</summary>
    public void ReportAgain()
    {
        lock (_gate)
        {
            _reported = null;
        }
    }

    internal bool TryAdd(long bytes, Allowance allowance)
    {
        lock (_gate)
        {
            if (!Fits(bytes, allowance))
            {
                return false;
            }

            _reserved += bytes;
            return true;
        }
    }

    internal void Close(BlobType type, long reserved, long cost, bool committed)
    {
        lock (_gate)
        {
            _reserved -= reserved;
            if (type == BlobType.Locks)
            {
                _locks -= committed ? 0 : 1;
            }
            else if (committed)
            {
                _used += cost;
            }
        }
    }

    private bool Fits(long cost, Allowance allowance)
    {
        if (_limit is not { } limit)
        {
            return false;
        }

        var room = limit - _used - _reserved;
        if (allowance == Allowance.Maintenance)
        {
            room += new LedgerView(_limit, 0, 0, 0).MaintenanceBytes;
        }

        return cost <= room;
    }
}
