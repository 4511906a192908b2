using FsCheck;
using FsCheck.Fluent;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>Random operations for a <see cref="LeaseModel"/>, and how a failing sequence is made shorter.</summary>
internal static class LeaseOperations
{
    private static readonly (int Weight, LeaseOperationKind Kind)[] s_weights =
    [
        (20, LeaseOperationKind.Ask), (24, LeaseOperationKind.Deliver), (5, LeaseOperationKind.DeliverAndLose), (3, LeaseOperationKind.DeliverAndFail),
        (4, LeaseOperationKind.Abandon), (8, LeaseOperationKind.DeliverOld), (12, LeaseOperationKind.Write), (5, LeaseOperationKind.WriteForMaintenance),
        (5, LeaseOperationKind.Delete), (4, LeaseOperationKind.Crash), (8, LeaseOperationKind.Return), (3, LeaseOperationKind.OldProcessAsks),
        (1, LeaseOperationKind.Find), (3, LeaseOperationKind.SetLimit), (2, LeaseOperationKind.Fence), (1, LeaseOperationKind.FenceDataGone),
        (3, LeaseOperationKind.Flush), (4, LeaseOperationKind.LoseMemory), (3, LeaseOperationKind.Backup), (2, LeaseOperationKind.Restore),
    ];

    private static readonly Gen<LeaseOperation> s_operation =
        from kind in Gen.Frequency(s_weights.Select(entry => (entry.Weight, Gen.Constant(entry.Kind))).ToArray())
        from host in Gen.Choose(0, 2)
        from a in Gen.Choose(0, 39)
        from b in Gen.Choose(0, 39)
        select new LeaseOperation(kind, host, a, b);

    public static Arbitrary<LeaseOperation[]> Sequences(int length) =>
        Arb.From(from operations in s_operation.ArrayOf(length) select Begin.Concat(operations).ToArray(), Shrink);

    /// <summary>Each begins with a limit.</summary>
    private static IEnumerable<LeaseOperation> Begin => [new LeaseOperation(LeaseOperationKind.SetLimit, 0, 1, 20)];

    private static IEnumerable<LeaseOperation[]> Shrink(LeaseOperation[] operations)
    {
        for (var part = operations.Length / 2; part > 0; part /= 2)
        {
            for (var from = 0; from + part <= operations.Length; from += part)
            {
                yield return [.. operations[..from], .. operations[(from + part)..]];
            }
        }
    }
}
