using FsCheck;
using FsCheck.Fluent;
using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>Leases over random interleavings of everything that may happen to them, and that the check notices when one rule is broken.</summary>
public sealed class LeaseModelTests
{
    private const long Limit = 20L << 30;
    private const int Steps = 150;

    /// <summary>One broken rule each.</summary>
    public static TheoryData<string> Faults => [.. s_faults.Keys];

    private static readonly Dictionary<string, Func<LeaseRules>> s_faults = new()
    {
        ["what is remembered counts, not what the host holds"] = () => new FaultyRules { HeldIsRemembered = true },
        ["what is remembered counts where it is more"] = () => new FaultyRules { HeldIsTheHigher = true },
        ["an older process is not refused"] = () => new FaultyRules { OlderEpochsPass = true },
        ["a fenced process is not refused"] = () => new FaultyRules { FencedPass = true },
        ["an older request is decided anew"] = () => new FaultyRules { OlderRequestsPass = true },
        ["a repeated request is decided anew"] = () => new FaultyRules { RepeatsPass = true },
        ["use above the ceiling is not counted"] = () => new FaultyRules { UseAboveTheCeilingIsFree = true },
        ["unused ceiling is not counted"] = () => new FaultyRules { UnusedIsFree = true },
        ["maintenance is not counted"] = () => new FaultyRules { MaintenanceIsFree = true },
        ["maintenance is granted without an end"] = () => new FaultyRules { MaintenanceHasNoEnd = true },
        ["nothing is written first"] = () => new FaultyRules { NothingIsWritten = true },
        ["a raise is written only above what is remembered"] = () => new FaultyRules { OnlyAboveRememberedIsWritten = true },
        ["a fence gives back what is used"] = () => new FaultyRules { FenceForgetsUse = true },
        ["a fence leaves the ceiling"] = () => new FaultyRules { FenceLeavesCeiling = true },
        ["nobody waits after a restore"] = () => new FaultyRules { NobodyIsAwaited = true },
    };

    [Fact]
    public void Leases_InAnyInterleaving_NeverGoAboveTheLimit()
    {
        var (raises, superseded, waited) = (0, 0, 0);

        Prop.ForAll(LeaseOperations.Sequences(Steps), operations =>
        {
            var model = Run(new LeaseRules(), operations);
            (raises, superseded, waited) = (raises + model.Raises, superseded + model.Superseded, waited + model.Waited);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500).WithQuietOnSuccess(true));

        // The runs were about something.
        Assert.True(raises > 10_000 && superseded > 100 && waited > 100, $"{raises} raises, {superseded} superseded, {waited} waited");
    }

    /// <summary>What maintenance used was told, and is written only with the flush at the end: the check itself took that for a grant once.</summary>
    [Fact]
    public void Leases_WhenUseIsWrittenLaterThanTold_AreNoGrant() => Run(
        new LeaseRules(),
        [
            new(LeaseOperationKind.Ask, 2, 29, 30),
            new(LeaseOperationKind.DeliverAndLose, 2, 19, 4),
            new(LeaseOperationKind.Ask, 1, 10, 15),
            new(LeaseOperationKind.SetLimit, 2, 33, 4),
            new(LeaseOperationKind.DeliverAndFail, 1, 36, 37),
            new(LeaseOperationKind.Ask, 2, 32, 15),
            new(LeaseOperationKind.Ask, 1, 16, 8),
            new(LeaseOperationKind.Deliver, 1, 30, 3),
            new(LeaseOperationKind.Backup, 2, 0, 4),
            new(LeaseOperationKind.Deliver, 2, 30, 3),
            new(LeaseOperationKind.WriteForMaintenance, 2, 30, 5),
            new(LeaseOperationKind.Deliver, 1, 2, 16),
            new(LeaseOperationKind.Restore, 0, 30, 24),
            new(LeaseOperationKind.Ask, 2, 19, 38),
            new(LeaseOperationKind.Deliver, 2, 39, 38),
            new(LeaseOperationKind.Flush, 2, 34, 21),
        ]);

    [Theory]
    [MemberData(nameof(Faults))]
    public void Leases_WhenOneRuleIsBroken_AreCaught(string fault)
    {
        var failure = Assert.ThrowsAny<Exception>(() => Prop.ForAll(LeaseOperations.Sequences(Steps), operations => { Run(s_faults[fault](), operations); })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithQuietOnSuccess(true)));

        Assert.Contains(nameof(LeaseModelException), failure.ToString(), StringComparison.Ordinal);
    }

    private static LeaseModel Run(LeaseRules rules, LeaseOperation[] operations)
    {
        var model = new LeaseModel(new RuledSilo(rules, Limit));
        // Nothing in it waits.
        model.RunAsync(operations).GetAwaiter().GetResult();
        return model;
    }

    private sealed class FaultyRules : LeaseRules
    {
        public bool HeldIsRemembered { get; init; }

        public bool HeldIsTheHigher { get; init; }

        public bool OlderEpochsPass { get; init; }

        public bool FencedPass { get; init; }

        public bool OlderRequestsPass { get; init; }

        public bool RepeatsPass { get; init; }

        public bool UseAboveTheCeilingIsFree { get; init; }

        public bool UnusedIsFree { get; init; }

        public bool MaintenanceIsFree { get; init; }

        public bool MaintenanceHasNoEnd { get; init; }

        public bool NothingIsWritten { get; init; }

        public bool OnlyAboveRememberedIsWritten { get; init; }

        public bool FenceForgetsUse { get; init; }

        public bool FenceLeavesCeiling { get; init; }

        public bool NobodyIsAwaited { get; init; }

        public override QuotaLease Fence(QuotaLease lease, LeaseFence fence, DateTimeOffset now)
        {
            var fenced = base.Fence(lease, FenceForgetsUse ? LeaseFence.DataGone : fence, now);
            return FenceLeavesCeiling ? fenced with { CeilingBytes = lease.CeilingBytes } : fenced;
        }

        public override bool IsAwaited(QuotaLease lease, DateTimeOffset? restored) => !NobodyIsAwaited && base.IsAwaited(lease, restored);

        protected override Int128 Ordinary(QuotaLease lease) =>
            UseAboveTheCeilingIsFree ? lease.CeilingBytes : UnusedIsFree ? lease.UsedBytes : base.Ordinary(lease);

        protected override Int128 Whole(QuotaLease lease) => MaintenanceIsFree ? Math.Max(lease.CeilingBytes, lease.UsedBytes) : base.Whole(lease);

        protected override bool IsSuperseded(QuotaLease known, LeaseClaim claim) =>
            base.IsSuperseded(known, claim) && !(OlderEpochsPass && claim.Epoch < known.Epoch) && !(FencedPass && claim.Epoch == known.Epoch);

        protected override bool IsAnswered(QuotaLease known, LeaseClaim claim) =>
            base.IsAnswered(known, claim) && !(OlderRequestsPass && claim.Sequence < known.Sequence) && !(RepeatsPass && claim.Sequence == known.Sequence);

        protected override long Held(QuotaLease? known, LeaseClaim claim) =>
            HeldIsRemembered && known is not null ? known.CeilingBytes
            : HeldIsTheHigher && known is not null ? Math.Max(known.CeilingBytes, claim.HeldBytes)
            : base.Held(known, claim);

        protected override QuotaLease Raise(long limitBytes, IReadOnlyList<QuotaLease> others, QuotaLease lease, LeaseClaim claim)
        {
            var raised = base.Raise(limitBytes, others, lease, claim);
            return MaintenanceHasNoEnd ? raised with { MaintenanceBytes = claim.WantedMaintenanceBytes } : raised;
        }

        protected override bool MustWrite(QuotaLease? known, LeaseClaim claim, QuotaLease next) =>
            !NothingIsWritten
            && (OnlyAboveRememberedIsWritten
                ? known is null || known.Epoch != next.Epoch || Ordinary(next) > Ordinary(known) || Whole(next) > Whole(known)
                : base.MustWrite(known, claim, next));
    }
}
