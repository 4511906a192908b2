using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>The real grain over a real database, activated in two silos at once, with writes that fail and a backup of its rows.</summary>
internal sealed class GrainSilo(SiloWorld[] silos, List<LostSpan> restores, string tenant, string repository) : ILeaseSilo
{
    private (QuotaRow Quota, List<QuotaLeaseRow> Leases)? _backup;
    private long _soft = 1;

    public DateTimeOffset? Restored { get; private set; }

    /// <summary>Two silos over one database, whose history of restores the test writes.</summary>
    public static async Task<(SiloWorld[] Silos, List<LostSpan> Restores)> StartAsync()
    {
        var restores = new List<LostSpan>();
        var one = await SiloWorld.StartAsync(services => services
            .AddSingleton(new RestoreHistory(restores))
            .AddSingleton(provider => new FaultyStore(ActivatorUtilities.CreateInstance<GrainStore>(provider)))
            .AddSingleton<IGrainStorage>(provider => provider.GetRequiredService<FaultyStore>()));
        // The model writes what is to be written; a grain's own write, 30 s after, would be one that it does not know of.
        one.Time.LongestWait = TimeSpan.FromSeconds(29);
        return ([one, await one.BesideAsync()], restores);
    }

    public async ValueTask<LeaseGrant?> LeaseAsync(int activation, LeaseClaim claim, WriteFault fault)
    {
        LeaseGrant? grant = null;
        await TryAsync(activation, fault, async quota => grant = await quota.LeaseAsync(claim, default));
        return grant;
    }

    public ValueTask<bool> SetLimitAsync(int activation, long limitBytes) =>
        TryAsync(activation, WriteFault.None, quota => quota.SetAsync(limitBytes, null, default));

    public ValueTask<bool> FenceAsync(int activation, string host, LeaseFence fence) =>
        TryAsync(activation, WriteFault.None, quota => quota.FenceAsync(host, fence, default));

    public async ValueTask FlushAsync(int activation) => await ChangeSoftLimitAsync(activation, WriteFault.None);

    public async ValueTask LoseMemoryAsync(int activation) => Assert.False(await ChangeSoftLimitAsync(activation, WriteFault.Before));

    public async ValueTask BackupAsync()
    {
        await using var db = silos[0].Read();
        _backup = (await Quotas(db).SingleAsync(), await Leases(db).ToListAsync());
    }

    public async ValueTask<bool> RestoreAsync()
    {
        if (_backup is not { } backup)
        {
            return false;
        }
        await using (var db = silos[0].Read())
        {
            // Above what either activation knows: both lose the next race, as if they were of the silo before.
            backup.Quota.Version = (await Quotas(db).SingleAsync()).Version + 1;
            db.RemoveRange(await Leases(db).ToListAsync());
            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
            db.Entry(backup.Quota).State = EntityState.Modified;
            db.Entry(backup.Quota).Property(row => row.Version).OriginalValue = (await Quotas(db).SingleAsync()).Version;
            db.AddRange(backup.Leases);
            await db.SaveChangesAsync();
        }
        Restored = Tick();
        restores.Add(new LostSpan(Restored.Value, Restored.Value));
        Tick();
        await LoseMemoryAsync(0);
        await LoseMemoryAsync(1);
        return true;
    }

    public async ValueTask<(long LimitBytes, IReadOnlyList<QuotaLease> Leases)> StoredAsync()
    {
        await using var db = silos[0].Read();
        var quota = await Quotas(db).SingleAsync();
        var leases = await Leases(db).ToListAsync();
        return (quota.LimitBytes, [.. leases.Select(row => new QuotaLease(
            row.Host, row.Epoch, row.Sequence, row.UsedBytes, row.CeilingBytes, row.MaintenanceBytes, row.Heard, row.Fenced))]);
    }

    // A silo that lost a race does not know it yet.
    public bool IsCurrent(int activation) => false;

    private ValueTask<bool> ChangeSoftLimitAsync(int activation, WriteFault fault) =>
        TryAsync(activation, fault, async quota =>
        {
            var limit = (await quota.GetAsync(default)).LimitBytes;
            await quota.SetAsync(new QuotaTerms(limit, limit - ++_soft), null, default);
        });

    private async ValueTask<bool> TryAsync(int activation, WriteFault fault, Func<IQuotaGrain, Task> call)
    {
        Tick();
        var store = silos[activation].Services.GetRequiredService<FaultyStore>();
        store.Next = ($"{tenant}/{repository}", fault);
        try
        {
            await call(silos[activation].Quota(tenant, repository));
            return true;
        }
        catch (Exception exception) when (exception is OrleansException or IOException || exception is RefusedException { Reason: RefusalReason.NotFound })
        {
            return false;
        }
        finally
        {
            store.Next = default;
        }
    }

    private DateTimeOffset Tick()
    {
        silos[0].Time.Advance(TimeSpan.FromMilliseconds(1));
        return silos[0].Time.GetUtcNow();
    }

    private IQueryable<QuotaRow> Quotas(SiloDbContext db) => db.Quotas.Where(row => row.Tenant == tenant && row.Repository == repository);

    private IQueryable<QuotaLeaseRow> Leases(SiloDbContext db) => db.QuotaLeases.Where(row => row.Tenant == tenant && row.Repository == repository);
}
