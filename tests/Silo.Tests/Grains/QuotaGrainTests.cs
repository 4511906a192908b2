using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class QuotaGrainTests
{
    private const string HostA = "00000000000000aa";
    private const string HostB = "00000000000000bb";

    [Fact]
    public async Task ReportUsageAsync_WhenOlderThanTheLast_IsDropped()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await quota.ReportUsageAsync(100, 5, 2, default);
        await quota.ReportUsageAsync(50, 5, 1, default);
        await quota.ReportUsageAsync(60, 4, 9, default);
        await quota.ReportUsageAsync(70, 5, 2, default);
        Assert.Equal(100, (await quota.GetAsync(default)).UsedBytes);
        await quota.ReportUsageAsync(10, 6, 1, default);
        var info = await quota.GetAsync(default);
        Assert.Equal((10L, silo.Time.GetUtcNow()), (info.UsedBytes, info.Reported));
        await RefusedAsync(RefusalReason.Invalid, () => quota.ReportUsageAsync(-1, 7, 1, default));
    }

    [Fact]
    public async Task ReportUsageAsync_WhenReportsAreMany_WritesTheFirstAndAtStopTheLast()
    {
        await using var silo = await ReadyAsync();
        var second = await silo.BesideAsync();
        var quota = second.Quota("acme", "rep1");
        var limit = await quota.GetAsync(default);
        for (var sequence = 1; sequence <= 50; sequence++)
        {
            await quota.ReportUsageAsync(sequence * 1000, 1, sequence, default);
        }
        Assert.Equal(50_000, (await quota.GetAsync(default)).UsedBytes);
        Assert.Equal(1000, await StoredAsync(silo));
        // Use is no change that an administrator must hear of.
        Assert.Equal(limit.Version, (await quota.GetAsync(default)).Version);
        await second.DisposeAsync();
        Assert.Equal(50_000, await StoredAsync(silo));
    }

    [Fact]
    public async Task GetAsync_WhenThereIsNone_SaysNoQuota()
    {
        await using var silo = await ReadyAsync();
        await RefusedAsync(RefusalReason.NoQuota, () => silo.Quota("acme", "rep9").GetAsync(default));
        await RefusedAsync(RefusalReason.NoQuota, () => silo.Quota("acme", "rep9").ReportUsageAsync(1, 1, 1, default));
    }

    [Fact]
    public async Task SetAsync_WhenLower_IsToldAndTheUseStays()
    {
        await using var silo = await ReadyAsync();
        var quota = silo.Quota("acme", "rep1");
        await quota.ReportUsageAsync(900L << 20, 1, 1, default);
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
