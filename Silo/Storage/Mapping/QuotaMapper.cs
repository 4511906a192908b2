using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

internal sealed class QuotaMapper : IStateMapper<QuotaState>
{
    public SubjectKind Kind => SubjectKind.Quota;

    public async Task<(QuotaState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var (tenant, repository) = GrainKey.Split(key);
        var row = await db.Quotas.SingleOrDefaultAsync(row => row.Tenant == tenant && row.Repository == repository, cancellationToken);
        return row is null ? null : (new QuotaState
        {
            LimitBytes = row.LimitBytes,
            UsedBytes = row.UsedBytes,
            Reported = row.Reported,
            ReportEpoch = row.ReportEpoch,
            ReportSequence = row.ReportSequence,
            Revision = row.Revision,
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, QuotaState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return Task.CompletedTask;
    }

    public Task UpdateAsync(SiloDbContext db, string key, QuotaState state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return Task.CompletedTask;
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new QuotaState(), expected), expected);
        return Task.CompletedTask;
    }

    private static QuotaRow Row(string key, QuotaState state, long version)
    {
        var (tenant, repository) = GrainKey.Split(key);
        return new QuotaRow
        {
            Tenant = tenant,
            Repository = repository,
            LimitBytes = state.LimitBytes,
            UsedBytes = state.UsedBytes,
            Reported = state.Reported,
            ReportEpoch = state.ReportEpoch,
            ReportSequence = state.ReportSequence,
            Revision = state.Revision,
            Version = version,
        };
    }
}
