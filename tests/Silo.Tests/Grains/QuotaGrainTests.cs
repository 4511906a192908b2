using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class QuotaGrainTests
{
    private const string HostA = "00000000000000aa";
    private const string HostB = "00000000000000bb";

    [Fact]
    public async Task LeaseAsync_WhenAHostOnlyLowers_WritesAtStopAndAtTheNextRaise()
    {
        await using var silo = await ReadyAsync();
        var second = await silo.BesideAsync();
        var quota = second.Quota("acme", "rep1");
        var limit = await quota.GetAsync(default);
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 1, 1000, 0, 0, 100_000, 0), default);
        for (var sequence = 2; sequence <= 50; sequence++)
        {
            await quota.LeaseAsync(new LeaseClaim(HostA, 1, sequence, sequence * 1000, 100_000, 0, 100_000, 0), default);
        }
        Assert.Equal((50_000, 50_000), await UseAsync(quota));
        Assert.Equal(1000, await StoredAsync(silo));
        // Use is no change that an administrator must hear of.
        Assert.Equal(limit.Version, (await quota.GetAsync(default)).Version);
        await quota.LeaseAsync(new LeaseClaim(HostB, 1, 1, 1, 0, 0, 5, 0), default);
        Assert.Equal(50_001, await StoredAsync(silo));
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 51, 20_000, 30_000, 0, 30_000, 0), default);
        await second.DisposeAsync();
        Assert.Equal(20_001, await StoredAsync(silo));
        await using var third = await silo.BesideAsync();
        Assert.Equal((20_001, 10_004), await UseAsync(third.Quota("acme", "rep1")));

        static async Task<(long, long)> UseAsync(IQuotaGrain quota) => await quota.GetAsync(default) is var info ? (info.UsedBytes, info.ReservedBytes) : default;
    }

    [Fact]
    public async Task LeaseAsync_WhenAHostOnlyLowersAndNothingFollows_IsWrittenHalfAMinuteLater()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 1, 1000, 0, 0, 100_000, 0), default);
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 2, 40_000, 100_000, 0, 100_000, 0), default);
        Assert.Equal(1000, await StoredAsync(silo));
        // The timer itself is real.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await StoredAsync(silo) != 40_000)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), deadline.Token);
        }
    }

    [Fact]
    public async Task LeaseAsync_WhenTheSoftLimitIsPassed_IsNotedOnceAndRefusesNothing()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await RefusedAsync(RefusalReason.Invalid, () => quota.SetAsync(new QuotaTerms(1L << 30, (1L << 30) + 1), null, default));
        await quota.SetAsync(new QuotaTerms(1L << 30, 1000), null, default);
        Assert.False((await quota.GetAsync(default)).IsOverSoftLimit);
        foreach (var (sequence, used) in new[] { (1, 1000), (2, 1001), (3, 990), (4, 2000), (5, 3000) })
        {
            Assert.Equal(used + 500, (await quota.LeaseAsync(new LeaseClaim(HostA, 1, sequence, used, 0, 0, used + 500, 0), default)).CeilingBytes);
        }
        Assert.True((await quota.GetAsync(default)).IsOverSoftLimit);
        var noted = Assert.Single(await silo.AuditAsync("soft-limit-crossed"));
        Assert.Equal("acme", noted.Tenant);
        // Below it, and above it once more.
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 6, 500, 500, 0, 500, 0), default);
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 7, 1500, 1500, 0, 1500, 0), default);
        Assert.Equal(2, (await silo.AuditAsync("soft-limit-crossed")).Count);
        // A limit alone leaves it; 0 takes it away.
        Assert.Equal(1000, (await quota.SetAsync(2L << 30, null, default)).SoftLimitBytes);
        Assert.Null((await quota.SetAsync(new QuotaTerms(2L << 30, 0), null, default)).SoftLimitBytes);
    }

    [Fact]
    public async Task FenceAsync_WhenTheHostHolds_FreesWhatIsUnusedAndRefusesItsProcess()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await quota.LeaseAsync(new LeaseClaim(HostA, 1, 1, 100, 0, 0, 1L << 30, 50), default);
        Assert.Equal(0, (await quota.LeaseAsync(new LeaseClaim(HostB, 1, 1, 0, 0, 0, 1000, 0), default)).CeilingBytes);
        var unknown = await RefusedAsync(RefusalReason.NotFound, () => quota.FenceAsync("0000000000000000", LeaseFence.Stopped, default));
        Assert.Contains(HostA, unknown.Message, StringComparison.Ordinal);

        var fenced = (await quota.FenceAsync(HostA, LeaseFence.Stopped, default)).Leases.Single(lease => lease.Host == HostA);
        Assert.Equal((100L, 100L, 0L, silo.Time.GetUtcNow()), (fenced.UsedBytes, fenced.CeilingBytes, fenced.MaintenanceBytes, fenced.Fenced));
        Assert.Single(await silo.AuditAsync("lease-fenced"));
        var grant = await quota.LeaseAsync(new LeaseClaim(HostB, 1, 2, 0, 0, 0, long.MaxValue, 0), default);
        Assert.Equal((1L << 30) - 100, grant.CeilingBytes);
        Assert.Equal(LeaseOutcome.Superseded, (await quota.LeaseAsync(new LeaseClaim(HostA, 1, 2, 100, 100, 0, 100, 0), default)).Outcome);

        // Back with a recount.
        Assert.Equal(LeaseOutcome.Granted, (await quota.LeaseAsync(new LeaseClaim(HostA, 2, 1, 90, 0, 0, 500, 0), default)).Outcome);
        Assert.Null((await quota.ShowAsync(default)).Leases.Single(lease => lease.Host == HostA).Fenced);
        Assert.Equal(0, (await quota.FenceAsync(HostA, LeaseFence.DataGone, default)).Quota.UsedBytes);
    }

    [Fact]
    public async Task GetAsync_WhenThereIsNone_SaysNoQuota()
    {
        await using var silo = await ReadyAsync();
        await RefusedAsync(RefusalReason.NoQuota, () => silo.Quota("acme", "rep9").GetAsync(default));
        await RefusedAsync(RefusalReason.NoQuota, () => silo.UseAsync("acme", "rep9", 1));
    }

    [Fact]
    public async Task SetAsync_WhenLower_IsToldAndTheUseStays()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await silo.UseAsync("acme", "rep1", 900L << 20);
        var info = await quota.SetAsync(1L << 20, null, default);
        Assert.Equal((1L << 20, 900L << 20), (info.LimitBytes, info.UsedBytes));
        Assert.Equal(1L << 20, (await silo.Snapshots.RepositoryAsync("rep1", default))!.Quotas.Single().LimitBytes);
        // A full quota refuses no run: prune must be able to make room.
        await silo.Tenant("acme").ClaimRunAsync(new RunClaim("laptop", "rep1", "prune", false), default);
    }

    [Fact]
    public async Task LeaseAsync_WhenTwoHostsAsk_GivesTheSecondWhatIsLeft()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        var one = await quota.LeaseAsync(new LeaseClaim(HostA, 1, 1, 0, 0, 0, 700L << 20, 0), default);
        var two = await quota.LeaseAsync(new LeaseClaim(HostB, 1, 1, 100L << 20, 0, 0, 700L << 20, 0), default);
        Assert.Equal(new LeaseGrant(LeaseOutcome.Granted, 1L << 30, 700L << 20, 0, 0), one);
        Assert.Equal(new LeaseGrant(LeaseOutcome.Granted, 1L << 30, 324L << 20, 0, 700L << 20), two);
        var info = await quota.GetAsync(default);
        Assert.Equal((100L << 20, 924L << 20), (info.UsedBytes, info.ReservedBytes));
        Assert.Equal([HostA, HostB], (await quota.ShowAsync(default)).Leases.Select(lease => lease.Host));
    }

    private static async Task<long> StoredAsync(SiloWorld silo)
    {
        await using var db = silo.Read();
        return (await db.Quotas.SingleAsync()).UsedBytes;
    }

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
