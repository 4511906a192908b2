using Headgate.Protocol.Edge;
using Headgate.Protocol.Tenant;
using Headgate.Repository.Activity;

namespace Headgate.Repository.Tests;

/// <summary>What is told of an access key's use, whatever order things happen in.</summary>
public sealed class ActivityTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Use_FromItsLockToTheLastOnesEnd_IsOne()
    {
        var use = Locked("one");
        Assert.True(use.TryQueue());
        Assert.False(use.TryQueue());
        Assert.Equal(AccessPhase.Active, use.Take().Phase);
        Assert.False(use.TryQueue());

        // restic renews a lock by writing another and deleting the first.
        use.Locked("two", s_start.AddMinutes(5));
        Assert.False(use.Unlocked("one", s_start.AddMinutes(5)));
        use.Wrote("s1", s_start.AddMinutes(6));
        use.Wrote("s1", s_start.AddMinutes(6));
        Assert.False(use.Unlocked("somebody else's", s_start.AddMinutes(7)));
        Assert.True(use.Unlocked("two", s_start.AddMinutes(7)));

        Assert.True(use.TryQueue());
        var report = use.Take();
        Assert.Equal((AccessPhase.Ended, "s1", 1, 0), (report.Phase, report.Snapshot, report.Written, report.Deleted));
        Assert.Equal((s_start, s_start.AddMinutes(7)), (report.Began, report.Seen));
        Assert.Equal(("a-x.access.test", "key1", "/desk/", use.Id), (report.ServerName, report.AccessKey, report.Path, report.Activity));
    }

    [Fact]
    public void Use_ThatTakesItsOwnSnapshotBack_HasDeletedNone()
    {
        // After a save that failed for it, restic deletes what may be there, and saves again.
        var use = Locked("one");
        use.Wrote("s1", s_start);
        use.Deleted("s1", s_start);
        Assert.Equal((null, 0, 0), (use.Take().Snapshot, use.Take().Written, use.Take().Deleted));
        use.Wrote("s1", s_start);
        Assert.Equal(("s1", 1, 0), (use.Take().Snapshot, use.Take().Written, use.Take().Deleted));
    }

    [Fact]
    public void Use_ThatRewritesSnapshots_HasDeletedThem()
    {
        var use = Locked("one");
        foreach (var i in Enumerable.Range(0, 3))
        {
            use.Wrote($"new{i}", s_start);
            use.Deleted($"old{i}", s_start);
        }

        Assert.Equal((3, 3), (use.Take().Written, use.Take().Deleted));
    }

    [Fact]
    public void Use_WhoseLockGrowsOld_IsAbandonedOnce()
    {
        var use = Locked("one");
        use.Moved("gtw1", "c1", 10, 0, s_start.AddMinutes(2));
        Assert.False(use.Forget(s_start));
        Assert.True(use.Forget(s_start.AddSeconds(1)));
        Assert.False(use.Forget(s_start.AddSeconds(2)));
        Assert.Equal((AccessPhase.Abandoned, s_start.AddMinutes(2)), (use.Take().Phase, use.Take().Seen));
    }

    [Fact]
    public void Use_OverSeveralGateways_CountsConnectionsAndBytesOfEach()
    {
        var use = Locked("one");
        use.Moved("gtw2", "c1", 100, 1, s_start);
        use.Moved("gtw1", "c2", 7, 70, s_start);
        use.Moved("gtw2", "c1", 100, 1, s_start);
        use.Moved("gtw2", "c3", 1, 1, s_start);
        Assert.Equal([new PathEntry("gtw2", 2, 201, 3), new PathEntry("gtw1", 1, 7, 70)], use.Take().Gateways);
    }

    private static AccessUse Locked(string name)
    {
        var use = new AccessUse("a-x.access.test", "key1", "/desk/", Guid.NewGuid().ToString("N"), s_start);
        use.Locked(name, s_start);
        return use;
    }
}
