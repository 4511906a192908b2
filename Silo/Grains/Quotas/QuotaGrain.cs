using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>
/// Limit and use of one tenant on one repository, and the leases of its hosts: one transaction, one version. <see cref="LeaseRules"/> decide. What a host only lowers stays in
/// memory for up to 30 s; whatever is raised is written before it is answered, and with it all that was only in memory.
/// </summary>
[GrainType("quota")]
internal sealed class QuotaGrain(
    [PersistentState("quota")] IPersistentState<QuotaState> stored,
    TimeProvider time,
    LeaseRules rules,
    RestoreHistory restores,
    QuotaMetrics metrics,
    ILogger<QuotaGrain> logger) : StoredGrain<QuotaState, QuotaDetails>(stored, time), IQuotaGrain
{
    private const long MinLimitBytes = 1024 * 1024;
    private static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(30);

    private readonly DateTimeOffset? _restored = restores.Last?.Restored;
    private IGrainTimer? _write;
    private string? _awaited;

    protected override string Noun => $"quota of tenant '{GrainKey.Split(Key).Tenant}' on repository '{GrainKey.Split(Key).Other}'";

    protected override string? Owner => GrainKey.Split(Key).Tenant;

    protected override RefusalReason WhenMissing => RefusalReason.NoQuota;

    public Task<QuotaInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View.Quota);

    public Task<QuotaDetails> ShowAsync(CancellationToken cancellationToken) => Task.FromResult(View);

    public async Task<QuotaInfo> SetAsync(QuotaTerms terms, long? expectedVersion, CancellationToken cancellationToken)
    {
        if (terms.LimitBytes < MinLimitBytes)
        {
            throw Require.Invalid("limitBytes", ByteSize.Format(terms.LimitBytes), "1 MiB and more");
        }
        if (terms.SoftLimitBytes < 0 || terms.SoftLimitBytes > terms.LimitBytes)
        {
            throw Require.Invalid("softLimitBytes", ByteSize.Format(terms.SoftLimitBytes.Value), $"at most the limit, {ByteSize.Format(terms.LimitBytes)}, or 0 for none");
        }
        Require.Version("the " + Noun, expectedVersion, State.Revision);
        var (tenant, repository) = GrainKey.Split(Key);
        var soft = terms.SoftLimitBytes is { } asked ? (asked == 0 ? null : asked) : State.SoftLimitBytes;
        if (!Exists)
        {
            await GrainFactory.GetGrain<IRepositoryGrain>(repository).GetAsync(cancellationToken);
        }
        else if ((State.LimitBytes, State.SoftLimitBytes) == (terms.LimitBytes, soft))
        {
            return View.Quota;
        }
        if (State.LimitBytes != terms.LimitBytes)
        {
            Tell(EdgeAudience.Repository(repository), EdgeEventKinds.QuotaChanged, new TenantQuota(tenant, terms.LimitBytes));
        }
        (State.LimitBytes, State.SoftLimitBytes) = (terms.LimitBytes, soft);
        State.Revision++;
        Audit("quota-set", $"The {Noun}: {ByteSize.Format(terms.LimitBytes)}{(soft is { } bytes ? $", soft limit {ByteSize.Format(bytes)}" : "")}.");
        NoteSoftLimit();
        await WriteAllAsync(cancellationToken);
        return View.Quota;
    }

    public async Task RemoveAsync(QuotaRemoval removal, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Defined("removal", removal);
        var quota = View.Quota;
        if (removal == QuotaRemoval.WhenEmpty && (quota.UsedBytes > 0 || quota.ReservedBytes > 0))
        {
            throw new RefusedException(
                RefusalReason.Invalid,
                $"The {Noun} is not empty: {ByteSize.Format(quota.UsedBytes)} are used and {ByteSize.Format(quota.ReservedBytes)} held for uploads. Delete what is stored first, or remove the quota and leave the data (--leave-data).");
        }
        var (tenant, repository) = GrainKey.Split(Key);
        State.IsRemoved = true;
        Tell(EdgeAudience.Repository(repository), EdgeEventKinds.QuotaRemoved, new NameReference(tenant));
        Audit("quota-removed", $"The {Noun}: {ByteSize.Format(quota.UsedBytes)} stay on its disks.");
        _write?.Dispose();
        _write = null;
        await RemoveAsync(cancellationToken);
    }

    public async Task<LeaseGrant> LeaseAsync(LeaseClaim claim, CancellationToken cancellationToken)
    {
        RequireExisting();
        Check(claim);
        var decision = rules.Decide(State.LimitBytes, State.Leases, claim, Now, _restored);
        Note(claim, decision);
        if (decision.Lease is { } lease)
        {
            var before = Taken();
            Put(lease);
            State.Reported = lease.Heard;
            if (Taken() is var taken && taken > State.LimitBytes && taken > before)
            {
                // No grant does that: a recount found more, or a silo restored from a backup hears what it had granted.
                QuotaLog.OverCommitted(logger, taken, Key, State.LimitBytes);
            }
            if (NoteSoftLimit() | decision.MustWrite)
            {
                await WriteAllAsync(cancellationToken);
            }
            else
            {
                Publish();
                WriteLater();
            }
        }
        return decision.Grant;
    }

    public async Task<QuotaDetails> FenceAsync(string host, LeaseFence fence, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Defined("fence", fence);
        var lease = State.Leases.Find(lease => lease.Host == host) ?? throw new RefusedException(
            RefusalReason.NotFound,
            $"No host '{host}' has a lease on the {Noun}. {(State.Leases.Count == 0 ? "None has." : $"These have: {string.Join(", ", State.Leases.Select(known => known.Host))}.")}");
        var fenced = rules.Fence(lease, fence, Now);
        Put(fenced);
        Audit(
            "lease-fenced",
            $"Host {host} on the {Noun}: {ByteSize.Format(lease.CeilingBytes)} and {ByteSize.Format(lease.MaintenanceBytes)} for maintenance were held, {ByteSize.Format(fenced.UsedBytes)} go on counting as used.");
        NoteSoftLimit();
        await WriteAllAsync(cancellationToken);
        metrics.Fenced();
        QuotaLog.Fenced(logger, Key, host, Math.Max(0, lease.CeilingBytes - lease.UsedBytes));
        return View;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // After a failed write there is nothing to save: memory is not what storage holds.
        if (_write is not null && reason.ReasonCode != DeactivationReasonCode.ApplicationRequested)
        {
            await WriteAllAsync(CancellationToken.None);
        }
    }

    protected override long ToldVersion => State.Revision;

    protected override QuotaDetails Describe()
    {
        var (tenant, repository) = GrainKey.Split(Key);
        var reserved = Saturated(lease => Math.Max(0, lease.CeilingBytes - lease.UsedBytes));
        return new QuotaDetails(
            new QuotaInfo(tenant, repository, State.LimitBytes, State.UsedBytes, State.Reported, State.Revision, State.SoftLimitBytes, reserved),
            LeaseRules.AllowanceOf(State.LimitBytes),
            [.. State.Leases.Select(lease => new LeaseInfo(
                lease.Host, lease.Epoch, lease.UsedBytes, lease.CeilingBytes, lease.MaintenanceBytes, lease.Heard, lease.Fenced, rules.IsAwaited(lease, _restored)))]);
    }

    private static void Check(LeaseClaim claim)
    {
        if (string.IsNullOrEmpty(claim.Host))
        {
            throw Require.Invalid("host", claim.Host, "16 digits of 0-9 and a-f");
        }
        Require.Range("epoch", claim.Epoch, 0, long.MaxValue);
        Require.Range("sequence", claim.Sequence, 0, long.MaxValue);
        Require.Range("usedBytes", claim.UsedBytes, 0, long.MaxValue);
        Require.Range("heldBytes", claim.HeldBytes, 0, long.MaxValue);
        Require.Range("heldMaintenanceBytes", claim.HeldMaintenanceBytes, 0, long.MaxValue);
        Require.Range("wantedBytes", claim.WantedBytes, claim.HeldBytes, long.MaxValue);
        Require.Range("wantedMaintenanceBytes", claim.WantedMaintenanceBytes, claim.HeldMaintenanceBytes, long.MaxValue);
    }

    private void Put(QuotaLease lease)
    {
        var at = State.Leases.FindIndex(known => known.Host == lease.Host);
        if (at < 0)
        {
            State.Leases.Add(lease);
        }
        else
        {
            State.Leases[at] = lease;
        }
        State.UsedBytes = Saturated(known => known.UsedBytes);
    }

    private long Taken() => Saturated(lease => Math.Max(lease.CeilingBytes, lease.UsedBytes));

    private long Saturated(Func<QuotaLease, long> bytes) =>
        (long)Int128.Min(long.MaxValue, State.Leases.Aggregate(Int128.Zero, (sum, lease) => sum + bytes(lease)));

    /// <summary>Notes in the audit that the soft limit was crossed, once until the use has been below it again. Says whether there is something to write.</summary>
    private bool NoteSoftLimit()
    {
        // Below it again means 5 % below, so that a use that moves around it is not noted each time.
        var isOver = State.UsedBytes > (State.IsSoftLimitCrossed ? State.SoftLimitBytes - State.SoftLimitBytes / 20 : State.SoftLimitBytes);
        if (isOver == State.IsSoftLimitCrossed)
        {
            return false;
        }
        State.IsSoftLimitCrossed = isOver;
        if (isOver)
        {
            Audit(
                "soft-limit-crossed",
                $"The {Noun}: {ByteSize.Format(State.UsedBytes)} are used, the soft limit is {ByteSize.Format(State.SoftLimitBytes!.Value)} and the limit {ByteSize.Format(State.LimitBytes)}.");
            metrics.SoftLimitCrossed();
            QuotaLog.SoftLimitCrossed(logger, Key, State.UsedBytes, State.SoftLimitBytes!.Value);
        }
        return true;
    }

    private void Note(LeaseClaim claim, LeaseDecision decision)
    {
        metrics.Leased(decision.Grant.Outcome, decision.MustWrite);
        if (decision.Grant.Outcome != LeaseOutcome.Waiting)
        {
            return;
        }
        var awaited = State.Leases.Find(lease => lease.Host != claim.Host && rules.IsAwaited(lease, _restored))?.Host;
        if (awaited != _awaited)
        {
            _awaited = awaited;
            QuotaLog.Awaiting(logger, claim.Host, Key, awaited ?? "");
        }
    }

    private async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        _write?.Dispose();
        _write = null;
        await SaveAsync(cancellationToken);
    }

    // A timer's token is cancelled with the timer, and the write that it leads to begins with that.
    private void WriteLater() => _write ??= this.RegisterGrainTimer(
        _ => WriteAllAsync(CancellationToken.None), new GrainTimerCreationOptions(s_writeEvery, Timeout.InfiniteTimeSpan) { KeepAlive = true });
}
