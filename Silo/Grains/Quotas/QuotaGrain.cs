using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>Limit and use of one tenant on one repository.</summary>
[GrainType("quota")]
internal sealed class QuotaGrain([PersistentState("quota")] IPersistentState<QuotaState> stored, TimeProvider time)
    : StoredGrain<QuotaState, QuotaInfo>(stored, time), IQuotaGrain
{
    private const long MinLimitBytes = 1024 * 1024;
    private static readonly TimeSpan s_writeEvery = TimeSpan.FromSeconds(30);

    private IGrainTimer? _write;

    protected override string Noun => $"quota of tenant '{GrainKey.Split(Key).Tenant}' on repository '{GrainKey.Split(Key).Other}'";

    protected override string? Owner => GrainKey.Split(Key).Tenant;

    protected override RefusalReason WhenMissing => RefusalReason.NoQuota;

    public Task<QuotaInfo> GetAsync(CancellationToken cancellationToken)
    {
        var view = View;
        return Task.FromResult(view with { UsedBytes = State.UsedBytes, Reported = State.Reported });
    }

    public async Task<QuotaInfo> SetLimitAsync(long limitBytes, long? expectedVersion, CancellationToken cancellationToken)
    {
        if (limitBytes < MinLimitBytes)
        {
            throw Require.Invalid("limitBytes", ByteSize.Format(limitBytes), "1 MiB and more");
        }
        Require.Version("the " + Noun, expectedVersion, State.Revision);
        var (tenant, repository) = GrainKey.Split(Key);
        if (!Exists)
        {
            await GrainFactory.GetGrain<IRepositoryGrain>(repository).GetAsync(cancellationToken);
        }
        else if (State.LimitBytes == limitBytes)
        {
            return await GetAsync(cancellationToken);
        }
        State.LimitBytes = limitBytes;
        State.Revision++;
        Tell(EdgeAudience.Repository(repository), EdgeEventKinds.QuotaChanged, new TenantQuota(tenant, limitBytes));
        Audit("quota-set", $"The {Noun}: {ByteSize.Format(limitBytes)}.");
        await SaveAsync(cancellationToken);
        return await GetAsync(cancellationToken);
    }

    public async Task ReportUsageAsync(long usedBytes, long epoch, long sequence, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Range("usedBytes", usedBytes, 0, long.MaxValue);
        if ((epoch, sequence).CompareTo((State.ReportEpoch, State.ReportSequence)) <= 0)
        {
            return;
        }
        var isFirst = State.Reported is null;
        (State.UsedBytes, State.Reported, State.ReportEpoch, State.ReportSequence) = (usedBytes, Now, epoch, sequence);
        if (isFirst)
        {
            await SaveAsync(cancellationToken);
            return;
        }
        _write ??= this.RegisterGrainTimer(WriteReportAsync, new GrainTimerCreationOptions(s_writeEvery, Timeout.InfiniteTimeSpan) { KeepAlive = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // After a failed write there is nothing to save: memory is not what storage holds.
        if (_write is not null && reason.ReasonCode != DeactivationReasonCode.ApplicationRequested)
        {
            await WriteReportAsync(cancellationToken);
        }
    }

    protected override QuotaInfo Describe()
    {
        var (tenant, repository) = GrainKey.Split(Key);
        return new QuotaInfo(tenant, repository, State.LimitBytes, State.UsedBytes, State.Reported, State.Revision);
    }

    private async Task WriteReportAsync(CancellationToken cancellationToken)
    {
        _write?.Dispose();
        _write = null;
        await SaveAsync(CancellationToken.None);
    }
}
