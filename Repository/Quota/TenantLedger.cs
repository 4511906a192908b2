using Headgate.Protocol.Edge;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>
/// One tenant's account on this host. What is used and what uploads have reserved stay together at or below the ceiling that the silo has granted: both are
/// compared and raised under one lock, so that no number of parallel writers passes it. What does not fit waits for the silo's word. Locks have a reserve of
/// their own, by number. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The host lowers its ceiling by itself, before it says so, and never below what is used and reserved; it raises it only by an answer to its newest request.
/// So the silo always counts at least as much for this host as it can take.
/// </remarks>
internal sealed class TenantLedger(string tenant, QuotaBook book, RepositoryOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly MoveGate _moves = new();
    private readonly WaitingLine _waiters = new();
    private readonly UploadRate _rate = new(time);
    private long? _limit;
    private long _ceiling;
    private long _maintenance;
    private long _elsewhere;
    private long _used;
    private long _reserved;
    private int _locks;
    private int _openLocks;
    private long? _lastTaken;
    private long? _lastMaintenance;
    private (long Used, long Ceiling, long Maintenance)? _told;
    private OnlineCount? _count;

    /// <summary>The tenant.</summary>
    public string Tenant => tenant;

    /// <summary>How many locks there may be.</summary>
    public int MaxLocks => options.MaxLocksPerTenant;

    /// <summary>Whether this process has been told to write no more.</summary>
    public bool IsSuperseded => book.IsSuperseded;

    /// <summary>The account now.</summary>
    public LedgerView View
    {
        get
        {
            lock (_gate)
            {
                return new LedgerView(_limit, _ceiling, _maintenance, Used, _reserved, _elsewhere, _locks + _openLocks);
            }
        }
    }

    /// <summary>The uploads that wait for the silo.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Below nothing the account comes only when somebody put files on the disk that a client then deletes; the next count sets it right.</summary>
    private long Used => Math.Max(0, _used);

    private long Busy => Used + _reserved;

    private bool IsIdle => _reserved == 0 && _waiters.Count == 0 && IsPast(_lastTaken);

    /// <summary>
    /// Held while an object gets or loses its name on disk and in this account: for a recount, both are one step. Taken before any lock on the object.
    /// </summary>
    public MoveGate.Held Moving() => _moves.Enter();

    /// <summary>Sets bytes aside for an upload, waiting for the silo where only it can grant them.</summary>
    /// <param name="type">What is uploaded; a lock takes a place among the locks instead of bytes, and never waits.</param>
    /// <param name="size">Announced size; null when it will be known at the end only.</param>
    /// <param name="allowance">How far it may go.</param>
    /// <param name="token">Gives up waiting; nothing is set aside then.</param>
    /// <returns>With a reservation, to settle or dispose, when the status is <see cref="ReserveStatus.Reserved"/>.</returns>
    public async ValueTask<(ReserveStatus Status, Reservation? Reservation)> ReserveAsync(
        BlobType type, long? size, Allowance allowance, CancellationToken token)
    {
        if (type == BlobType.Locks)
        {
            lock (_gate)
            {
                if (_locks + _openLocks >= MaxLocks)
                {
                    return (ReserveStatus.TooManyLocks, null);
                }

                _openLocks++;
            }

            return (ReserveStatus.Reserved, new Reservation(this, type, allowance, 0));
        }

        var cost = QuotaUse.CostOf(size ?? 0);
        var status = await AddAsync(cost, allowance, token);
        return (status, status == ReserveStatus.Reserved ? new Reservation(this, type, allowance, cost) : null);
    }

    /// <summary>An object is gone from the disk. Under <see cref="Moving"/>, together with its name.</summary>
    public void Deleted(in BlobKey key, long size)
    {
        lock (_gate)
        {
            _count?.Changed(key, size, -1);
            if (key.Type == BlobType.Locks)
            {
                _locks--;
                return;
            }

            _used -= QuotaUse.CostOf(size);
            Serve();
        }
    }

    /// <summary>The silo's word on the limit; null takes it away. A lower one takes back what is not used; a higher one lets those who wait ask anew.</summary>
    public void SetLimit(long? bytes)
    {
        lock (_gate)
        {
            if (_limit == bytes)
            {
                return;
            }

            var before = _ceiling;
            _limit = bytes;
            LowerToLimit();
            _waiters.ForgetAsked();
            if (bytes is null)
            {
                _waiters.DecideAll(ReserveStatus.NoQuota);
            }

            if (_waiters.Count == 0 && _ceiling == before)
            {
                return;
            }
        }

        book.Ask(this);
    }

    /// <summary>What to tell and to ask the silo; null when it knows all and nothing is wanted. Lowers the ceiling first where more is held than will be needed soon.</summary>
    public TenantLease? Prepare()
    {
        lock (_gate)
        {
            var (need, maintenanceNeed) = _waiters.Ask();
            var ahead = LeaseSize.Ahead(_rate.Now, Left - need);
            Lower(LeaseSize.Add(need, LeaseSize.Add(ahead, ahead)), maintenanceNeed);
            var wanted = _ceiling;
            if (need > 0 || IsLow(ahead))
            {
                wanted = Math.Max(wanted, LeaseSize.Add(LeaseSize.Add(Busy, need), ahead));
            }

            var wantedMaintenance = maintenanceNeed
                ? Math.Max(_maintenance, LeaseSize.Add(need, Busy - _ceiling + LeaseSize.MinAheadBytes))
                : _maintenance;
            return need == 0 && wanted == _ceiling && _told == (Used, _ceiling, _maintenance)
                ? null
                : new TenantLease(tenant, Used, _ceiling, _maintenance, wanted, wantedMaintenance);
        }
    }

    /// <summary>The silo's answer to <paramref name="sent"/>, the newest request.</summary>
    public void Granted(TenantLease sent, GrantedLease granted)
    {
        lock (_gate)
        {
            (_ceiling, _maintenance, _elsewhere) = (granted.CeilingBytes, granted.MaintenanceBytes, granted.UsedElsewhereBytes);
            _told = (sent.UsedBytes, _ceiling, _maintenance);
            LowerToLimit();

            // Who asked and got nothing more has the silo's word that there is no more; where some was granted, the next answer tells.
            // The silo may also have to wait for another host before it can tell: then the same is asked again with the next round of telling.
            var isFinal = granted.Status != LeaseStatus.Waiting
                && granted.CeilingBytes <= sent.HeldBytes && granted.MaintenanceBytes <= sent.HeldMaintenanceBytes;
            Serve();
            if (isFinal)
            {
                _waiters.DecideAsked(granted.Status == LeaseStatus.NoQuota ? ReserveStatus.NoQuota : ReserveStatus.OverLimit);
            }

            if (_waiters.Count == 0 || granted.Status == LeaseStatus.Waiting)
            {
                return;
            }
        }

        book.Ask(this);
    }

    /// <summary>This process writes no more: nobody waits any longer.</summary>
    public void Supersede()
    {
        lock (_gate)
        {
            _waiters.DecideAll(ReserveStatus.Superseded);
        }
    }

    /// <summary>What the silo was told may be lost to it.</summary>
    public void TellAgain()
    {
        lock (_gate)
        {
            _told = null;
        }
    }

    /// <summary>Begins a count; what comes and goes from now on is added to it.</summary>
    /// <param name="paths">Lists the tenant's restic repositories.</param>
    public OnlineCount BeginCount(Func<IEnumerable<string>> paths)
    {
        using (_moves.Close())
        {
            var count = new OnlineCount(paths());
            lock (_gate)
            {
                _count = count;
            }

            return count;
        }
    }

    /// <summary>Counts one folder while nothing changes.</summary>
    public void Count(OnlineCount count, string path, BlobType type, string shard, Func<IEnumerable<BlobEntry>> list)
    {
        using (_moves.Close())
        {
            count.Add(path, type, shard, list());
        }
    }

    /// <summary>Ends a count: what is used is what was counted. Answers by how many bytes the account was off.</summary>
    public long EndCount(OnlineCount count)
    {
        using (_moves.Close())
        {
            lock (_gate)
            {
                var drift = count.Bytes - _used;
                (_used, _locks, _count) = (count.Bytes, count.Locks, null);
                Serve();
                return drift;
            }
        }
    }

    /// <summary>Ends a count without a result.</summary>
    public void AbandonCount()
    {
        lock (_gate)
        {
            _count = null;
        }
    }

    internal bool TryAdd(long bytes, Allowance allowance)
    {
        lock (_gate)
        {
            return Take(bytes, allowance) == ReserveStatus.Reserved;
        }
    }

    /// <summary>Sets bytes aside, waiting for the silo where only it can grant them: at most as long as the options say.</summary>
    internal async ValueTask<ReserveStatus> AddAsync(long bytes, Allowance allowance, CancellationToken token)
    {
        var waiter = new Waiter(bytes, allowance);
        lock (_gate)
        {
            if (Take(bytes, allowance) is { } decided)
            {
                return decided;
            }

            _waiters.Add(waiter);
        }

        book.Ask(this);
        try
        {
            using var waiting = book.Waiting();
            return await waiter.Decision.WaitAsync(options.LeaseTimeout, time, token);
        }
        catch (TimeoutException)
        {
            // A decision that came in the meantime stands.
            return Withdraw(waiter) ? ReserveStatus.SiloAway : await waiter.Decision;
        }
        catch (OperationCanceledException)
        {
            if (!Withdraw(waiter) && await waiter.Decision == ReserveStatus.Reserved)
            {
                Release(BlobType.Data, bytes);
            }

            throw;
        }
    }

    internal void Committed(in BlobKey key, long reserved, long size)
    {
        lock (_gate)
        {
            _count?.Changed(key, size, 1);
            _reserved -= reserved;
            if (key.Type == BlobType.Locks)
            {
                _openLocks--;
                _locks++;
                return;
            }

            _used += QuotaUse.CostOf(size);
            Serve();
        }
    }

    internal void Release(BlobType type, long reserved)
    {
        lock (_gate)
        {
            _openLocks -= type == BlobType.Locks ? 1 : 0;
            _reserved -= reserved;
            Serve();
        }
    }

    /// <summary>What the limit leaves, as far as is known here.</summary>
    private long Left => _limit is { } limit ? limit - _elsewhere - Busy : 0;

    private bool IsLow(long ahead) => ahead > 0 && !IsPast(_lastTaken) && _ceiling - Busy < ahead / 2;

    private bool IsPast(long? moment) => moment is not { } then || time.GetElapsedTime(then) >= LeaseSize.IdleAfter;

    /// <summary>Sets bytes aside if they fit; null when only the silo can say.</summary>
    private ReserveStatus? Take(long bytes, Allowance allowance)
    {
        if (book.IsSuperseded)
        {
            return ReserveStatus.Superseded;
        }

        if (_limit is not { } limit)
        {
            return ReserveStatus.NoQuota;
        }

        var room = _ceiling - Busy;
        if (bytes > room + (allowance == Allowance.Maintenance ? _maintenance : 0))
        {
            // What this host has stored leaves less under the limit than that: no answer of the silo can change it.
            return allowance == Allowance.None && bytes > limit - Used ? ReserveStatus.OverLimit : null;
        }

        _reserved += bytes;
        _rate.Add(bytes);
        _lastTaken = time.GetTimestamp();
        _lastMaintenance = bytes > room ? _lastTaken : _lastMaintenance;
        if (IsLow(LeaseSize.Ahead(_rate.Now, Left)))
        {
            book.Ask(this);
        }

        return ReserveStatus.Reserved;
    }

    /// <summary>Lets in those who wait, in order, wherever there is room.</summary>
    private void Serve()
    {
        if (_waiters.Count > 0)
        {
            _waiters.Decide(waiter => Take(waiter.Bytes, waiter.Allowance));
        }
    }

    private bool Withdraw(Waiter waiter)
    {
        lock (_gate)
        {
            return _waiters.Remove(waiter);
        }
    }

    /// <summary>Lets go of what will not be needed soon; all of it when nothing is uploaded.</summary>
    private void Lower(long soon, bool maintenanceNeed)
    {
        _ceiling = Math.Min(_ceiling, IsIdle ? Busy : LeaseSize.Add(Busy, soon));
        var maintained = Math.Max(0, Busy - _ceiling);
        _maintenance = Math.Min(
            _maintenance, maintenanceNeed || !IsPast(_lastMaintenance) ? LeaseSize.Add(maintained, 2 * LeaseSize.MinAheadBytes) : maintained);
    }

    /// <summary>Lets go of what a lower limit leaves no room for, as far as it is not used.</summary>
    private void LowerToLimit() => _ceiling = Math.Min(_ceiling, Math.Max(Busy, (_limit ?? 0) - _elsewhere));
}
