using Headgate.Protocol.Edge;
using Headgate.Repository.Blobs;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Leases as a host keeps them: what it asks, what it heeds, what it gives back.</summary>
public sealed class LeaseTests
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    [Fact]
    public async Task Reserve_WhenNothingIsHeld_AsksAndReachesAhead()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        Assert.Equal(ReserveStatus.Reserved, await rig.ReserveAsync(100_000));
        var view = rig.Ledger().View;
        Assert.Equal((100_000, 100_000 + (64 * MiB)), (view.Reserved, view.Ceiling));
        Assert.Equal(view.Ceiling, rig.Desk.Out("acme"));
        var asked = rig.Desk.Requests.Last().Leases.Single();
        Assert.Equal(new TenantLease("acme", 0, 0, 0, 100_000 + (64 * MiB), 0), asked);
    }

    [Fact]
    public async Task Reserve_WhenTheRateIsHigh_ReachesThirtySecondsAhead()
    {
        var time = new ManualTimeProvider();
        await using var rig = await LeaseRig.StartAsync(time: time);
        rig.SetLimit(1L << 50);
        for (var second = 0; second < 60; second++)
        {
            Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(100 * MiB));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await Wait.ForAsync(() => rig.Desk.Out("acme") - rig.Ledger().View.Used > 1400 * MiB, $"the lease reaches ahead, seen {rig.Ledger().View}");
        Assert.InRange(rig.Desk.Requests.SelectMany(request => request.Leases).Max(lease => lease.WantedBytes - lease.UsedBytes), 2700 * MiB, 3300 * MiB);
    }

    [Fact]
    public async Task Reserve_WhenHalfIsUsedUp_AsksAheadAndDoesNotWait()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        await rig.StoreAsync(4096);
        var before = rig.Ledger().View.Ceiling;
        var answer = new TaskCompletionSource();
        rig.Desk.Hold = answer.Task;

        var reserving = rig.ReserveAsync(40 * MiB);

        Assert.True(reserving.IsCompletedSuccessfully, "there is room: nobody waits");
        await Wait.ForAsync(() => rig.Desk.Out("acme") > before, "more is asked for");
        Assert.Equal(before, rig.Ledger().View.Ceiling);
        answer.SetResult();
        await Wait.ForAsync(() => rig.Ledger().View.Ceiling >= 4096 + (104 * MiB), $"the answer raises the ceiling, seen {rig.Ledger().View}");
    }

    [Fact]
    public async Task Reserve_WhenAnswersGetLost_RepeatsTheRequestAsItWas()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        await rig.StoreAsync(4096);
        rig.Desk.AnswersToLose = 3;
        var reserving = rig.ReserveAsync(GiB);
        rig.Delete(4096);
        await rig.AdvanceUntilAsync(() => reserving.IsCompleted, "the answer comes through");

        Assert.Equal(ReserveStatus.Reserved, await reserving);
        var repeated = rig.Desk.Requests.GroupBy(request => request.Sequence).Single(group => group.Count() == 4).ToArray();
        Assert.All(repeated, request => Assert.Equal(repeated[0].Leases, request.Leases));
        Assert.Equal(rig.Ledger().View.Ceiling, rig.Desk.Out("acme"));
        Assert.Equal(3, rig.Metrics["edge.failures/lease"]);
    }

    [Fact]
    public async Task Reserve_WhenAnAnswerIsToAnotherRequest_HeedsItNot()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        await rig.StoreAsync(4096);
        var last = rig.Desk.Requests.Last();
        var generous = new GrantedLease("acme", LeaseStatus.Granted, 10 * GiB, 9 * GiB, GiB, 0);
        rig.Desk.Strays.Enqueue(new LeaseAnswer(last.Epoch, last.Sequence, [generous]));
        rig.Desk.Strays.Enqueue(new LeaseAnswer(last.Epoch - 1, last.Sequence + 1, [generous]));
        rig.Desk.Strays.Enqueue(new LeaseAnswer(last.Epoch, last.Sequence + 1, [generous with { Tenant = "other" }]));
        rig.Desk.Strays.Enqueue(new LeaseAnswer(last.Epoch, last.Sequence + 1, []));
        var reserving = rig.ReserveAsync(GiB);
        await rig.AdvanceUntilAsync(() => reserving.IsCompleted, "the right answer comes");

        Assert.Equal(ReserveStatus.Reserved, await reserving);
        Assert.Equal(rig.Desk.Out("acme"), rig.Ledger().View.Ceiling);
        Assert.InRange(rig.Ledger().View.Ceiling, GiB, 5 * GiB);
        Assert.Equal(4, rig.Metrics["edge.failures/lease-other-answer"]);
    }

    [Fact]
    public async Task Reserve_WhenTheSiloIsAway_WaitsSixtySecondsAndLocksAndDeletionsDoNot()
    {
        var time = new ManualTimeProvider();
        await using var rig = await LeaseRig.StartAsync(time: time);
        rig.SetLimit(10 * GiB);
        await rig.StoreAsync(4096);
        rig.Desk.IsAway = true;
        Assert.Equal(ReserveStatus.Reserved, await rig.StoreAsync(32 * MiB)); // what is held may be used

        var reserving = rig.ReserveAsync(GiB);
        var locked = rig.Ledger().ReserveAsync(BlobType.Locks, 200, Allowance.None, CancellationToken.None);
        Assert.True(locked.IsCompletedSuccessfully);
        rig.Delete(4096);
        Assert.Equal(32 * MiB, rig.Ledger().View.Used);
        time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal(1, rig.Ledger().Waiting);
        Assert.False(reserving.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(ReserveStatus.SiloAway, await reserving);
        Assert.Equal((0, 0), (rig.Ledger().Waiting, rig.Ledger().View.Reserved));

        rig.Desk.IsAway = false;
        var again = rig.ReserveAsync(GiB);
        await rig.AdvanceUntilAsync(() => again.IsCompleted, "the silo is asked again");
        Assert.Equal(ReserveStatus.Reserved, await again);
    }

    [Fact]
    public async Task Reserve_WhenTheSiloComesBackWhileItWaits_GoesOn()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        rig.Desk.IsAway = true;
        var waiting = Enumerable.Range(0, 20).Select(_ => rig.ReserveAsync(MiB)).ToArray();
        await rig.AdvanceUntilAsync(() => rig.Metrics["edge.failures/lease"] >= 4, "the silo is missed");
        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        rig.Desk.IsAway = false;
        await rig.AdvanceUntilAsync(() => waiting.All(one => one.IsCompleted), "all get their room");
        Assert.All(waiting, one => Assert.Equal(ReserveStatus.Reserved, one.Result));
        Assert.Equal(20 * MiB, rig.Ledger().View.Reserved);
    }

    [Fact]
    public async Task Reserve_WhenTheCallerGivesUp_SetsNothingAside()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        rig.Desk.IsAway = true;
        using var given = new CancellationTokenSource();
        var reserving = rig.Ledger().ReserveAsync(BlobType.Data, MiB, Allowance.None, given.Token).AsTask();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reserving);
        Assert.Equal((0, 0), (rig.Ledger().Waiting, rig.Ledger().View.Reserved));
    }

    [Fact]
    public async Task Reserve_WhenTheSiloWaitsForAnotherHost_WaitsWithIt()
    {
        var time = new ManualTimeProvider();
        await using var rig = await LeaseRig.StartAsync(time: time);
        rig.SetLimit(10 * GiB);
        rig.Desk.IsWaiting = true;
        rig.Desk.Limits["acme"] = 0;
        var reserving = rig.ReserveAsync(MiB);
        var asked = rig.Desk.Requests.Count;
        await Wait.ForAsync(() => rig.Desk.Requests.Count > asked || rig.Metrics["leases.requests"] > 0, "it is asked");
        await rig.AdvanceUntilAsync(() => rig.Metrics["leases.requests"] >= 4, "it is asked again now and then");
        Assert.False(reserving.IsCompleted);
        rig.Desk.Limits["acme"] = 10 * GiB;
        await rig.AdvanceUntilAsync(() => reserving.IsCompleted, "the other host has spoken");
        Assert.Equal(ReserveStatus.Reserved, await reserving);
    }

    [Fact]
    public async Task Process_WhenItIsFenced_WritesNoMoreForAnyTenantAndSaysSo()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(10 * GiB);
        rig.SetLimit(10 * GiB, "other");
        await rig.StoreAsync(4096, tenant: "other");
        var (_, open) = await rig.Ledger().ReserveAsync(BlobType.Data, MiB, Allowance.None, CancellationToken.None);
        Assert.True(open!.IsValid);
        rig.Desk.Fence(rig.Host.Host);

        Assert.Equal(ReserveStatus.Superseded, await rig.ReserveAsync(GiB));
        Assert.Equal(ReserveStatus.Superseded, await rig.ReserveAsync(1));
        Assert.Equal(ReserveStatus.Superseded, await rig.ReserveAsync(1, tenant: "other"));
        Assert.Equal(ReserveStatus.Superseded, await open.CoverAsync(2 * MiB, CancellationToken.None));
        Assert.False(open.IsValid);
        var (status, held) = await rig.Ledger().ReserveAsync(BlobType.Locks, 200, Allowance.None, CancellationToken.None);
        Assert.True(status == ReserveStatus.Reserved && held!.IsValid, "locks are written in every state");
        rig.Delete(4096, "other");
        Assert.Equal(1, rig.Metrics["leases.superseded"]);
        Assert.Contains(rig.Log.All, line => line.Contains("takes no more uploads", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Process_WhenALaterOneHasSpoken_WritesNoMore()
    {
        var desk = new LeaseDesk();
        await using var first = await LeaseRig.StartAsync(desk, new ManualTimeProvider());
        first.SetLimit(GiB);
        await first.StoreAsync(MiB);
        await using var second = await LeaseRig.StartAsync(desk, new ManualTimeProvider(), first.Host with { Epoch = 2 });
        Assert.Equal(ReserveStatus.Reserved, await second.StoreAsync(4096));

        // The account of the first is replaced: it begins with what the second counted, which is nothing.
        Assert.Equal(second.Ledger().View.Ceiling, desk.Out("acme"));
        Assert.Equal(ReserveStatus.Superseded, await first.ReserveAsync(300 * MiB));
        Assert.False(second.Book.IsSuperseded);
    }

    [Fact]
    public async Task Tenant_WhenItUploadsNothingForHalfAMinute_GivesBackAllButWhatIsUsed()
    {
        var time = new ManualTimeProvider();
        await using var rig = await LeaseRig.StartAsync(time: time);
        rig.SetLimit(10 * GiB);
        await rig.StoreAsync(MiB);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(65 * MiB, rig.Ledger().View.Ceiling);
        await rig.AdvanceUntilAsync(() => rig.Desk.Of("acme", rig.Host.Host) == (MiB, MiB), "it is given back");
        Assert.Equal(MiB, rig.Ledger().View.Ceiling);

        // An upload under way keeps it.
        Assert.Equal(ReserveStatus.Reserved, await rig.ReserveAsync(MiB));
        var held = rig.Ledger().View.Ceiling;
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(held, rig.Ledger().View.Ceiling);
    }

    [Fact]
    public async Task Tenant_WhenMuchIsDeletedWhileItUploads_KeepsWhatIsNeededSoon()
    {
        await using var rig = await LeaseRig.StartAsync(time: new ManualTimeProvider());
        rig.SetLimit(100 * GiB);
        await rig.StoreAsync(20 * GiB);
        await rig.ReserveAsync(4096);
        rig.Delete(20 * GiB);
        await rig.AdvanceUntilAsync(() => rig.Desk.Of("acme", rig.Host.Host) is { Used: 0, Ceiling: > 4096 and < 20 * GiB }, "the rest is given back");
    }

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
