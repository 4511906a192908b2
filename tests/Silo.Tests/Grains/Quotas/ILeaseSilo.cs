using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>One quota in a silo with two activations of its grain: the rules over a dictionary, or the real grain over a real database.</summary>
internal interface ILeaseSilo
{
    DateTimeOffset? Restored { get; }

    /// <summary>Null when the call failed.</summary>
    ValueTask<LeaseGrant?> LeaseAsync(int activation, LeaseClaim claim, WriteFault fault);

    /// <summary>False when the call failed: another activation wrote in the meantime.</summary>
    ValueTask<bool> SetLimitAsync(int activation, long limitBytes);

    ValueTask<bool> FenceAsync(int activation, string host, LeaseFence fence);

    ValueTask FlushAsync(int activation);

    ValueTask LoseMemoryAsync(int activation);

    ValueTask BackupAsync();

    /// <summary>False when there is no backup.</summary>
    ValueTask<bool> RestoreAsync();

    /// <summary>What storage holds.</summary>
    ValueTask<(long LimitBytes, IReadOnlyList<QuotaLease> Leases)> StoredAsync();

    /// <summary>Whether the activation knows what storage holds, as the only activation of a grain does.</summary>
    bool IsCurrent(int activation);
}

/// <summary>When a write fails.</summary>
internal enum WriteFault
{
    None,
    Before,
    After,
}
