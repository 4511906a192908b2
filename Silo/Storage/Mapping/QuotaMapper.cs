using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>Quotas with their leases.</summary>
internal sealed class QuotaMapper : IStateMapper<QuotaState>
{
    public SubjectKind Kind => SubjectKind.Quota;

    public async Task<(QuotaState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var (tenant, repository) = GrainKey.Split(key);
        var row = await db.Quotas.SingleOrDefaultAsync(row => row.Tenant == tenant && row.Repository == repository, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var leases = await Leases(db, key).OrderBy(lease => lease.Host).ToListAsync(cancellationToken);
        return (new QuotaState
        {
            LimitBytes = row.LimitBytes,
            SoftLimitBytes = row.SoftLimitBytes,
            IsSoftLimitCrossed = row.IsSoftLimitCrossed,
            UsedBytes = row.UsedBytes,
            Reported = row.Reported,
            Revision = row.Revision,
            Leases = [.. leases.Select(Lease)],
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, QuotaState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        db.AddRange(state.Leases.Select(lease => Row(key, lease)));
        return Task.CompletedTask;
    }

    public Task UpdateAsync(SiloDbContext db, string key, QuotaState state, long expected, CancellationToken cancellationToken)
    {
        if (state.IsRemoved)
        {
            // The leases go with it: the database sees to that.
            db.DeleteRoot(Row(key, state, expected), expected);
            return Task.CompletedTask;
        }
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return db.ReconcileAsync(Leases(db, key), state.Leases.Select(lease => Row(key, lease)), cancellationToken);
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
            SoftLimitBytes = state.SoftLimitBytes,
            IsSoftLimitCrossed = state.IsSoftLimitCrossed,
            UsedBytes = state.UsedBytes,
            Reported = state.Reported,
            Revision = state.Revision,
            Version = version,
        };
    }

    private static IQueryable<QuotaLeaseRow> Leases(SiloDbContext db, string key)
    {
        var (tenant, repository) = GrainKey.Split(key);
        return db.QuotaLeases.Where(lease => lease.Tenant == tenant && lease.Repository == repository);
    }

    private static QuotaLease Lease(QuotaLeaseRow row) => new(
        row.Host, row.Epoch, row.Sequence, row.UsedBytes, row.CeilingBytes, row.MaintenanceBytes, row.Heard, row.Fenced);

    private static QuotaLeaseRow Row(string key, QuotaLease lease)
    {
        var (tenant, repository) = GrainKey.Split(key);
        return new QuotaLeaseRow
        {
            Tenant = tenant,
            Repository = repository,
            Host = lease.Host,
            Epoch = lease.Epoch,
            Sequence = lease.Sequence,
            UsedBytes = lease.UsedBytes,
            CeilingBytes = lease.CeilingBytes,
            MaintenanceBytes = lease.MaintenanceBytes,
            Heard = lease.Heard,
            Fenced = lease.Fenced,
        };
    }
}
