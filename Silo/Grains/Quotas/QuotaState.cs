using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>What a quota grain remembers.</summary>
[GenerateSerializer]
internal sealed class QuotaState : StoredState
{
    [Id(0)]
    public long LimitBytes { get; set; }

    /// <summary>What all leases use together; lists sort and sum by it.</summary>
    [Id(1)]
    public long UsedBytes { get; set; }

    [Id(2)]
    public DateTimeOffset? Reported { get; set; }

    /// <summary>Rises with each change that an administrator makes; a report of use is none that one must hear of.</summary>
    [Id(3)]
    public long Revision { get; set; }

    [Id(4)]
    public long? SoftLimitBytes { get; set; }

    /// <summary>Whether the audit says that the soft limit was crossed; it is said again only after the use has fallen below it.</summary>
    [Id(5)]
    public bool IsSoftLimitCrossed { get; set; }

    /// <summary>One for each host that ever spoke; a host's number of rows is never cleaned up, for old requests are known by it.</summary>
    [Id(6)]
    public List<QuotaLease> Leases { get; set; } = [];

    /// <summary>Set for the last write, which takes the rows away and keeps its words.</summary>
    [Id(7)]
    public bool IsRemoved { get; set; }
}
