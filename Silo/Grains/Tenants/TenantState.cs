using Headgate.Grains;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>What a tenant grain remembers.</summary>
[GenerateSerializer]
internal sealed class TenantState : StoredState
{
    [Id(0)]
    public string DisplayName { get; set; } = "";

    [Id(1)]
    public TenantStatus Status { get; set; }

    [Id(2)]
    public DateTimeOffset? LeaseEnds { get; set; }

    /// <summary>Whether what follows from the end of the lease was done.</summary>
    [Id(3)]
    public bool LeaseClosed { get; set; }

    [Id(4)]
    public int RunLimit { get; set; }

    [Id(5)]
    public DateTimeOffset Created { get; set; }

    /// <summary>Rises with what an administrator sees; claims of runs do not count.</summary>
    [Id(6)]
    public long Revision { get; set; }

    [Id(7)]
    public List<string> Pools { get; set; } = [];

    [Id(8)]
    public List<EntitlementEntry> Entitlements { get; set; } = [];

    [Id(9)]
    public List<ConnectorEntry> Connectors { get; set; } = [];

    [Id(10)]
    public List<AccessKeyEntry> AccessKeys { get; set; } = [];

    [Id(11)]
    public List<RunClaimEntry> Claims { get; set; } = [];

    [Id(12)]
    public List<EnrolmentCodeEntry> Codes { get; set; } = [];

    /// <summary>Open routes to close in the next write; a null connector stands for all. The tenant cannot call its jobs, so it closes their rows.</summary>
    [Id(13)]
    public List<RouteClosure> Closures { get; set; } = [];

    /// <summary>Bandwidth limit each way, over all gateways together.</summary>
    [Id(14)]
    public long? BytesPerSecond { get; set; }

    /// <summary>Whether the gateways that hold its open routes are to hear of the limit with the next write.</summary>
    [Id(15)]
    public bool TellsLimit { get; set; }

    public bool IsServed(DateTimeOffset now) => Status == TenantStatus.Active && !(LeaseEnds <= now);

    internal override void Forget(DateTimeOffset now) => EnrolmentCodes.Forget(Codes, now);

    internal override void Written()
    {
        base.Written();
        Closures.Clear();
        TellsLimit = false;
    }
}
