using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Quotas;

/// <summary>What a quota grain remembers.</summary>
[GenerateSerializer]
internal sealed class QuotaState : StoredState
{
    [Id(0)]
    public long LimitBytes { get; set; }

    [Id(1)]
    public long UsedBytes { get; set; }

    [Id(2)]
    public DateTimeOffset? Reported { get; set; }

    [Id(3)]
    public long ReportEpoch { get; set; }

    [Id(4)]
    public long ReportSequence { get; set; }

    /// <summary>Rises with each change of the limit; a report of use is no change that an administrator must hear of.</summary>
    [Id(5)]
    public long Revision { get; set; }
}
