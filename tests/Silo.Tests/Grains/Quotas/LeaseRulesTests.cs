using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>What is granted, to the byte. That no interleaving breaks it is <see cref="LeaseModelTests"/>' business.</summary>
public sealed class LeaseRulesTests
{
    private const long GiB = 1L << 30;
    private const string A = "00000000000000aa";
    private const string B = "00000000000000bb";
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch.AddDays(1);

    [Theory]
    // Alone: what is wanted, up to the limit.
    [InlineData(0, 0, 30, 0, 0, 30)]
    [InlineData(0, 0, 130, 0, 0, 100)]
    // After a restart nothing is held: the ceiling rises above what is used all the same.
    [InlineData(60, 0, 90, 0, 0, 90)]
    [InlineData(60, 0, 130, 0, 0, 100)]
    // Another host's ceiling counts, and its use where that is more.
    [InlineData(10, 20, 90, 30, 40, 60)]
    [InlineData(10, 20, 90, 45, 40, 55)]
    // Nothing is left; what is held stays.
    [InlineData(10, 20, 90, 0, 80, 20)]
    [InlineData(10, 20, 90, 0, 100, 20)]
    // More used than held, and the rest is the other's.
    [InlineData(50, 20, 90, 0, 60, 40)]
    public void Decide_WhenAsked_GrantsWhatIsLeft(long used, long held, long wanted, long otherUsed, long otherCeiling, long expected)
    {
        var decision = new LeaseRules().Decide(
            100 * GiB, [Lease(B, otherUsed, otherCeiling)], Claim(used, held, wanted), s_now, null);

        Assert.Equal((LeaseOutcome.Granted, expected * GiB), (decision.Grant.Outcome, decision.Grant.CeilingBytes));
        Assert.Equal(Math.Max(otherUsed, otherCeiling) * GiB, decision.Grant.UsedElsewhereBytes);
        Assert.Equal(new QuotaLease(A, 1, 1, used * GiB, expected * GiB, 0, s_now, null), decision.Lease);
    }

    [Fact]
    public void Decide_WhenFull_LeavesMaintenanceFivePercentForAllTogether()
    {
        var full = Claim(60, 60, 60) with { WantedMaintenanceBytes = 9 * GiB };
        var one = new LeaseRules().Decide(100 * GiB, [Lease(B, 40, 40)], full, s_now, null).Grant;
        var second = new LeaseRules().Decide(100 * GiB, [Lease(B, 40, 40) with { MaintenanceBytes = 2 * GiB }], full, s_now, null).Grant;
        var used = new LeaseRules().Decide(100 * GiB, [Lease(B, 44, 40)], full, s_now, null).Grant;
        var small = new LeaseRules().Decide(GiB, [], Claim(1, 1, 1) with { WantedMaintenanceBytes = 9 * GiB }, s_now, null).Grant;

        Assert.Equal((60 * GiB, 5 * GiB), (one.CeilingBytes, one.MaintenanceBytes));
        Assert.Equal(3 * GiB, second.MaintenanceBytes);
        // Four of the five are stored already.
        Assert.Equal(GiB, used.MaintenanceBytes);
        Assert.Equal(GiB, small.MaintenanceBytes);
    }

    [Fact]
    public void Decide_WhenNumbersAreAsLargeAsTheyGet_DoesNotOverflow()
    {
        var decision = new LeaseRules().Decide(
            long.MaxValue,
            [new QuotaLease(B, 1, 1, long.MaxValue, long.MaxValue, long.MaxValue, s_now, null), new QuotaLease("00000000000000cc", 1, 1, 0, long.MaxValue, 0, s_now, null)],
            new LeaseClaim(A, 1, 1, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue),
            s_now,
            null);

        Assert.Equal(new LeaseGrant(LeaseOutcome.Granted, long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue), decision.Grant);
    }

    [Fact]
    public void Decide_WhenOnlyLowered_NeedsNoWriteAndWhenRaisedDoes()
    {
        var known = Lease(A, 10, 50);
        Assert.True(Decide(null, Claim(10, 10, 10)).MustWrite);
        Assert.False(Decide(known, Claim(20, 30, 30) with { Sequence = 2 }).MustWrite);
        // Below what is remembered, above what is held: a late request would lower it again if this one were forgotten.
        Assert.True(Decide(known, Claim(20, 30, 40) with { Sequence = 2 }).MustWrite);
        Assert.True(Decide(known, Claim(20, 30, 30) with { Sequence = 2, WantedMaintenanceBytes = 1 }).MustWrite);
        Assert.True(Decide(known, Claim(20, 30, 30) with { Epoch = 2 }).MustWrite);
        // A recount found more than was held.
        Assert.True(Decide(known, Claim(51, 30, 30) with { Sequence = 2 }).MustWrite);

        static LeaseDecision Decide(QuotaLease? known, LeaseClaim claim) => new LeaseRules().Decide(100 * GiB, known is null ? [] : [known], claim, s_now, null);
    }

    [Fact]
    public void Decide_WhenRestoredAndAnotherHostIsSilent_GrantsNothingUntilItSpeaksOrIsFenced()
    {
        var rules = new LeaseRules();
        var restored = s_now - TimeSpan.FromHours(1);
        var silent = Lease(B, 10, 20) with { Heard = restored - TimeSpan.FromHours(1) };
        var claim = Claim(10, 20, 50);

        var waiting = rules.Decide(100 * GiB, [silent], claim, s_now, restored);
        Assert.Equal((LeaseOutcome.Waiting, 20 * GiB), (waiting.Grant.Outcome, waiting.Grant.CeilingBytes));
        // The same again, and content with what is held.
        Assert.Equal(waiting.Grant, rules.Decide(100 * GiB, [silent, waiting.Lease!], claim, s_now, restored).Grant);
        Assert.Equal(LeaseOutcome.Granted, rules.Decide(100 * GiB, [silent], Claim(10, 20, 20), s_now, restored).Grant.Outcome);

        Assert.Equal(50 * GiB, rules.Decide(100 * GiB, [silent with { Heard = s_now }], claim, s_now, restored).Grant.CeilingBytes);
        Assert.Equal(50 * GiB, rules.Decide(100 * GiB, [rules.Fence(silent, LeaseFence.Stopped, s_now)], claim, s_now, restored).Grant.CeilingBytes);
        // Fenced before the backup was taken says nothing: it may have come back in the time that was lost.
        Assert.True(rules.IsAwaited(rules.Fence(silent, LeaseFence.Stopped, restored - TimeSpan.FromMinutes(1)), restored));
        Assert.Equal(50 * GiB, rules.Decide(100 * GiB, [Lease(A, 10, 20) with { Heard = silent.Heard }], Claim(10, 20, 50) with { Sequence = 2 }, s_now, restored).Grant.CeilingBytes);
    }

    [Fact]
    public void Decide_WhenAHostHoldsMoreThanIsRemembered_BelievesItAndGivesOthersLess()
    {
        var rules = new LeaseRules();
        var told = rules.Decide(100 * GiB, [Lease(A, 10, 20), Lease(B, 10, 20)], Claim(60, 90, 90) with { Sequence = 2 }, s_now, null);

        Assert.Equal((90 * GiB, true), (told.Grant.CeilingBytes, told.MustWrite));
        Assert.Equal(20 * GiB, rules.Decide(100 * GiB, [told.Lease!], Claim(10, 20, 50) with { Host = B }, s_now, null).Grant.CeilingBytes);
    }

    private static LeaseClaim Claim(long used, long held, long wanted) => new(A, 1, 1, used * GiB, held * GiB, 0, wanted * GiB, 0);

    private static QuotaLease Lease(string host, long used, long ceiling) => new(host, 1, 1, used * GiB, ceiling * GiB, 0, s_now, null);
}
