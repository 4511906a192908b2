using Headgate.Grains;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>
/// Who gets how many bytes. Pure: no clock, no storage, no state.
/// <para>
/// A lease is a ceiling per host. What a host may come to use without asking is the higher of its ceiling and its use (ordinary), and the higher of ceiling and
/// maintenance together and its use (whole). Two sums over all hosts are kept:
/// <code>
///   sum of max(ceiling, used)                &lt;= limit
///   sum of max(ceiling + maintenance, used)  &lt;= limit + allowance,  sum of maintenance &lt;= allowance
/// </code>
/// Nothing is granted that would break them. They may be broken otherwise, by a lower limit or by a recount that finds more; then nothing is granted to anybody until they
/// hold again, and nothing is taken back: only the host itself lowers its ceiling, and says so.
/// </para>
/// <para>
/// Messages get lost, come late, twice, in any order. What makes the stored lease no less than what the host believes: a host lowers itself before it says so, and
/// heeds only the answer to its newest request. So a newer request's <c>held</c> is the truth, even where it is less than what was granted to an older request (that
/// answer will not be heeded any more), and even where it is more than what is remembered (storage was restored from a backup). An older request changes nothing.
/// </para>
/// <para>The steps are virtual for one reason: tests replace each by a faulty one and see the model test notice. Thread-safe.</para>
/// </summary>
internal class LeaseRules
{
    private const long MinAllowanceBytes = 1L << 30;

    /// <summary>What maintenance may take above <paramref name="limitBytes"/>: 5 %, and at least 1 GiB.</summary>
    public static long AllowanceOf(long limitBytes) => Math.Max(limitBytes / 20, MinAllowanceBytes);

    /// <summary>Decides on a claim.</summary>
    /// <param name="limitBytes">The quota's limit.</param>
    /// <param name="leases">All leases; at most one for each host.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="now">The silo's clock.</param>
    /// <param name="restored">When the database was last restored from a backup; null when never.</param>
    public LeaseDecision Decide(long limitBytes, IReadOnlyList<QuotaLease> leases, LeaseClaim claim, DateTimeOffset now, DateTimeOffset? restored)
    {
        var known = leases.FirstOrDefault(lease => lease.Host == claim.Host);
        var others = leases.Where(lease => lease.Host != claim.Host).ToList();
        var elsewhere = Sum(others, Ordinary);

        if (known is not null && IsSuperseded(known, claim))
        {
            return new LeaseDecision(Answer(LeaseOutcome.Superseded, 0, 0), null, false);
        }

        var isAwaiting = others.Exists(lease => IsAwaited(lease, restored));
        if (known is not null && IsAnswered(known, claim))
        {
            return new LeaseDecision(Answer(Outcome(known.CeilingBytes, known.MaintenanceBytes), known.CeilingBytes, known.MaintenanceBytes), null, false);
        }

        var lease = new QuotaLease(
            claim.Host, claim.Epoch, claim.Sequence, claim.UsedBytes, Held(known, claim), HeldMaintenance(known, claim), now, null);
        if (!isAwaiting)
        {
            lease = Raise(limitBytes, others, lease, claim);
        }
        return new LeaseDecision(
            Answer(Outcome(lease.CeilingBytes, lease.MaintenanceBytes), lease.CeilingBytes, lease.MaintenanceBytes), lease, MustWrite(known, claim, lease));

        LeaseOutcome Outcome(long ceiling, long maintenance) =>
            isAwaiting && (ceiling < claim.WantedBytes || maintenance < claim.WantedMaintenanceBytes) ? LeaseOutcome.Waiting : LeaseOutcome.Granted;

        LeaseGrant Answer(LeaseOutcome outcome, long ceiling, long maintenance) => new(outcome, limitBytes, ceiling, maintenance, Narrow(elsewhere));
    }

    /// <summary>The lease after an administrator's word that the host does not write any more.</summary>
    public virtual QuotaLease Fence(QuotaLease lease, LeaseFence fence, DateTimeOffset now)
    {
        var used = fence == LeaseFence.DataGone ? 0 : lease.UsedBytes;
        return lease with { UsedBytes = used, CeilingBytes = used, MaintenanceBytes = 0, Fenced = now };
    }

    /// <summary>Whether others must wait for this host: a backup was restored, and it may hold more than the backup knows.</summary>
    public virtual bool IsAwaited(QuotaLease lease, DateTimeOffset? restored) =>
        restored is { } moment && lease.Heard < moment && !(lease.Fenced >= moment);

    /// <summary>What the host may come to use by ordinary writes without asking.</summary>
    protected virtual Int128 Ordinary(QuotaLease lease) => Math.Max(lease.CeilingBytes, lease.UsedBytes);

    /// <summary>What it may come to use in all without asking.</summary>
    protected virtual Int128 Whole(QuotaLease lease) => Int128.Max((Int128)lease.CeilingBytes + lease.MaintenanceBytes, lease.UsedBytes);

    /// <summary>Whether a later process has spoken, or this one is fenced.</summary>
    protected virtual bool IsSuperseded(QuotaLease known, LeaseClaim claim) =>
        claim.Epoch < known.Epoch || (known.Fenced is not null && claim.Epoch == known.Epoch);

    /// <summary>Whether this request, or a newer one of its epoch, was heard.</summary>
    protected virtual bool IsAnswered(QuotaLease known, LeaseClaim claim) => claim.Epoch == known.Epoch && claim.Sequence <= known.Sequence;

    /// <summary>The ceiling from which it is raised.</summary>
    protected virtual long Held(QuotaLease? known, LeaseClaim claim) => claim.HeldBytes;

    /// <summary>The maintenance bytes from which they are raised.</summary>
    protected virtual long HeldMaintenance(QuotaLease? known, LeaseClaim claim) => claim.HeldMaintenanceBytes;

    /// <summary>Raises ceiling and maintenance towards what is wanted, as far as both sums allow.</summary>
    protected virtual QuotaLease Raise(long limitBytes, IReadOnlyList<QuotaLease> others, QuotaLease lease, LeaseClaim claim)
    {
        var allowance = (Int128)AllowanceOf(limitBytes);
        var whole = limitBytes + allowance - Sum(others, Whole);

        // What the host uses above its ceiling counts in here by itself: the ceiling may rise to what the others leave, and that is less than its use.
        var room = Int128.Min(limitBytes - Sum(others, Ordinary), whole - lease.MaintenanceBytes);
        var ceiling = Int128.Max(lease.CeilingBytes, Int128.Min(claim.WantedBytes, room));

        var spare = Int128.Min(allowance - Sum(others, other => other.MaintenanceBytes), whole - ceiling);
        var maintenance = Int128.Max(lease.MaintenanceBytes, Int128.Min(claim.WantedMaintenanceBytes, spare));
        return lease with { CeilingBytes = (long)ceiling, MaintenanceBytes = (long)maintenance };
    }

    /// <summary>
    /// Whether storage must know before the host does. Not when the host only lowers: if that is forgotten, the silo thinks that the host holds more than it does. With what
    /// it holds as the measure and not what is remembered, for a request that is forgotten may come once more, later than others.
    /// </summary>
    protected virtual bool MustWrite(QuotaLease? known, LeaseClaim claim, QuotaLease next) =>
        known is null
        || known.Epoch != next.Epoch
        || next.CeilingBytes > claim.HeldBytes
        || next.MaintenanceBytes > claim.HeldMaintenanceBytes
        || Ordinary(next) > Ordinary(known)
        || Whole(next) > Whole(known);

    private static Int128 Sum(IEnumerable<QuotaLease> leases, Func<QuotaLease, Int128> bytes) => leases.Aggregate(Int128.Zero, (sum, lease) => sum + bytes(lease));

    private static long Narrow(Int128 bytes) => (long)Int128.Min(bytes, long.MaxValue);
}
