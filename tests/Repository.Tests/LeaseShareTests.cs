using Headgate.Protocol.Edge;
using Headgate.Repository.Blobs;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Leases beside others: limits that change, hosts that share a quota, allowances, the order of requests, new processes.</summary>
public sealed class LeaseShareTests
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    [Fact]
    public async Task Limit_WhenItIsLoweredUnderUploads_TakesBackWhatIsNotUsedAtOnce()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        Assert.Equal(ReserveStatus.Reserved, await rig.ReserveAsync(10 * MiB));
        Assert.Equal(74 * MiB, rig.Ledger().View.Ceiling);
        rig.SetLimit(20 * MiB);
        Assert.Equal(20 * MiB, rig.Ledger().View.Ceiling);
        await Wait.ForAsync(() => rig.Desk.Out("acme") == 20 * MiB, "the silo hears it");
        Assert.Equal(ReserveStatus.OverLimit, await rig.ReserveAsync((10 * MiB) + 1));

        // Below what is used: nothing is taken from those who write, and nothing is added.
        rig.SetLimit(5 * MiB);
        Assert.Equal(10 * MiB, rig.Ledger().View.Ceiling);
        Assert.Equal(ReserveStatus.OverLimit, await rig.ReserveAsync(1));
    }

    [Fact]
    public async Task Limit_WhenItIsRaised_LetsThoseInWhoWait()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * MiB);
        Assert.Equal(ReserveStatus.Reserved, await rig.ReserveAsync(9 * MiB));
        var answer = new TaskCompletionSource();
        rig.Desk.Hold = answer.Task;
        var reserving = rig.ReserveAsync(5 * MiB); // under the limit as far as this host has stored, above it with what is reserved
        var asked = rig.Desk.Requests.Count;
        await Wait.ForAsync(() => rig.Desk.Requests.Any(request => request.Leases[0].WantedBytes >= 14 * MiB), "it is asked");
        rig.SetLimit(20 * MiB);
        Assert.False(reserving.IsCompleted);
        answer.SetResult();
        Assert.Equal(ReserveStatus.Reserved, await reserving.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(rig.Desk.Requests.Count >= asked);
    }

    [Fact]
    public async Task Limit_WhenItIsTakenAway_RefusesThoseWhoWait()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * MiB);
        rig.Desk.IsAway = true;
        var reserving = rig.ReserveAsync(MiB);
        rig.Book.Replace([]);
        Assert.Equal(ReserveStatus.NoQuota, await reserving);
        Assert.Equal(ReserveStatus.NoQuota, await rig.ReserveAsync(1));
    }

    [Fact]
    public async Task Silo_WhenItKnowsNoQuota_IsBelieved()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.Book.Apply(new TenantQuota("acme", GiB));
        Assert.Equal(ReserveStatus.NoQuota, await rig.ReserveAsync(1));
    }

    [Fact]
    public async Task Requests_WhenManyTenantsUploadAtOnce_AreFewAndOneAtATime()
    {
        const int Tenants = 600;
        var desk = new LeaseDesk();
        for (var i = 0; i < Tenants; i++)
        {
            desk.Limits[$"t{i}"] = GiB;
        }

        await using var rig = await LeaseRig.StartAsync(desk, new ManualTimeProvider());
        var statuses = await Task.WhenAll(Enumerable.Range(0, Tenants).Select(i => Task.Run(() => rig.StoreAsync(10_000, tenant: $"t{i}"))));
        Assert.All(statuses, status => Assert.Equal(ReserveStatus.Reserved, status));
        Assert.Equal(1, desk.MostAtOnce);
        var requests = rig.Desk.Requests.ToArray();
        Assert.All(requests, request => Assert.InRange(request.Leases.Count, 1, LeaseLoop.MaxTenants));
        Assert.Equal(Enumerable.Range(1, requests.Length).Select(i => (long)i), requests.Select(request => request.Sequence));
        await rig.AdvanceUntilAsync(() => Enumerable.Range(0, Tenants).All(i => desk.Used($"t{i}") == 10_000), "all is told");
    }

    [Fact]
    public async Task Reserve_WhenTheLastObjectFitsToTheByte_IsLetIn()
    {
        const long Limit = (200 * MiB) + 12_345;
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(Limit);
        var random = new Random(7);
        while (rig.Ledger().View.Used < Limit - (3 * MiB))
        {
            Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(random.Next(1, (int)(2 * MiB))));
        }

        var left = Limit - rig.Ledger().View.Used;
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(left + 1));
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(left - 5000));
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(5001));
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(5000));
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(1));
        Assert.Equal((Limit, Limit), (rig.Ledger().View.Used, rig.Desk.Out("acme")));
    }

    [Fact]
    public async Task Hosts_WhenTwoFillOneQuota_NeverPassItAndReachItToTheByte()
    {
        const long Limit = (300 * MiB) + 1;
        var desk = new LeaseDesk();
        var time = new ManualTimeProvider();
        await using var one = await LeaseRig.StartAsync(desk, time);
        await using var two = await LeaseRig.StartAsync(desk, time, new LeaseHost("00000000000000bb", 1));
        one.SetLimit(Limit);
        two.SetLimit(Limit);

        long Taken() => one.Ledger().View.Used + two.Ledger().View.Used;
        var refused = new bool[2];
        await Task.WhenAll(new[] { one, two }.Select((rig, i) => Task.Run(async () =>
        {
            var random = new Random(i);
            while (!refused[i])
            {
                refused[i] = await rig.StoreAsync(random.Next(1, (int)MiB)) == ReserveStatus.OverLimit;
                Assert.True(Taken() <= Limit && desk.Out("acme") <= Limit, $"{Taken()} taken, {desk.Out("acme")} out");
            }
        })));

        // Both were told that there is no more while the other held a little; once that one rests, the last byte can be had.
        await one.AdvanceUntilAsync(() => one.Ledger().View.Ceiling == one.Ledger().View.Used && desk.Out("acme") == Taken(), "both rest");
        var rest = Limit - Taken();
        Assert.True(rest < 2 * MiB, $"{rest} bytes could not be had");
        Assert.Equal(ReserveStatus.OverLimit, await two.StoreAsync(Math.Max(rest, 4096) + 1));
        if (rest >= 4096)
        {
            Assert.Equal(ReserveStatus.Reserved, await two.StoreAsync(rest));
            Assert.Equal(Limit, Taken());
        }

        Assert.True(desk.Out("acme") <= Limit);
        Assert.Equal(one.Ledger().View.Used, two.Ledger().View.Elsewhere);
    }

    [Fact]
    public async Task Maintenance_WhenTheQuotaIsFull_GetsTheAllowanceAndGivesItBack()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(100 * MiB);
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(100 * MiB));
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(1));
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(900 * MiB, Allowance.Maintenance));
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(200 * MiB, Allowance.Maintenance));
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(124 * MiB, Allowance.Maintenance));
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync(1, Allowance.Maintenance));

        rig.Delete(1100 * MiB);
        await rig.AdvanceUntilAsync(() => rig.Desk.OutForMaintenance("acme") == 0, "the allowance is given back");
        Assert.Equal(ReserveStatus.OverLimit, await rig.StoreAsync((76 * MiB) + 1));
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(76 * MiB));
    }

    [Fact]
    public async Task Epoch_WhenItBegins_TellsWhatWasCountedAndHoldsNothing()
    {
        var desk = new LeaseDesk();
        desk.Limits["acme"] = GiB;
        await using (var first = await LeaseRig.StartAsync(desk, new ManualTimeProvider()))
        {
            await first.StoreAsync(MiB);
        }

        Assert.Equal(65 * MiB, desk.Out("acme"));
        await using var second = await LeaseRig.StartAsync(desk, new ManualTimeProvider(), new LeaseHost("00000000000000aa", 2));
        await Wait.ForAsync(() => desk.Out("acme") == 0, "what the dead process held is reclaimed");
        var begun = desk.Requests.Last();
        Assert.Equal((2, 1), (begun.Epoch, begun.Sequence));
        Assert.Equal(new TenantLease("acme", 0, 0, 0, 0, 0), begun.Leases.Single());
    }

    [Fact]
    public async Task TellAgain_WhenTheSiloMayHaveForgotten_TellsEverything()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(GiB);
        await rig.StoreAsync(MiB);
        await rig.AdvanceUntilAsync(() => rig.Desk.Used("acme") == MiB, "it is told");
        var told = rig.Desk.Requests.Count;
        rig.Book.TellAgain();
        await rig.AdvanceUntilAsync(() => rig.Desk.Requests.Count > told, "it is told again");
    }

    [Fact]
    public async Task Account_WhenSomebodyElsesFileIsDeleted_IsNeverBelowNothing()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(100 * MiB);
        await rig.StoreAsync(4096);
        rig.Delete(MiB);
        await rig.AdvanceUntilAsync(() => rig.Desk.Of("acme", rig.Host.Host) == (0, 0), "nothing is told and nothing held");
        Assert.Equal(ReserveStatus.OverLimit, await rig.ReserveAsync((100 * MiB) + 1));
        Assert.Equal(ReserveStatus.Reserved, await rig.ReserveAsync(100 * MiB));
    }

    [Fact]
    public async Task Requests_WhenThousandsAreToldAndOneWaits_TheOneGoesFirst()
    {
        const int Tenants = 2000;
        var desk = new LeaseDesk();
        for (var i = 0; i < Tenants; i++)
        {
            desk.Limits[$"t{i}"] = GiB;
        }

        desk.Limits["acme"] = GiB;
        var answer = new TaskCompletionSource();
        desk.Hold = answer.Task;
        await using var rig = await LeaseRig.StartAsync(desk, new ManualTimeProvider());
        await Wait.ForAsync(() => desk.Requests.Count == 1, "the first are told");
        var reserving = rig.ReserveAsync(MiB);
        answer.SetResult();
        Assert.Equal(ReserveStatus.Reserved, await reserving);
        Assert.Contains(desk.Requests.ElementAt(1).Leases, lease => lease is { Tenant: "acme", WantedBytes: > MiB });
        await Wait.ForAsync(() => desk.Requests.Sum(request => request.Leases.Count) >= Tenants, "the others are told as well");
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, -5, 0)]
    [InlineData(0, 1000, 1000)]
    [InlineData(0, 1 << 20, 1 << 20)]
    [InlineData(0, 10 << 20, 5 << 20)]
    [InlineData(0, 1L << 40, 64 << 20)]
    [InlineData(1e6, 1L << 40, 64 << 20)]
    [InlineData(1e8, 1L << 40, 3_000_000_000)]
    [InlineData(1e300, long.MaxValue, 1L << 60)]
    public void Ahead_WhenRateAndRestAre_Is(double rate, long left, long ahead) => Assert.Equal(ahead, LeaseSize.Ahead(rate, left));
}
