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
}
