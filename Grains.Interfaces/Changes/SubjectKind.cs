namespace Headgate.Grains;

/// <summary>What has changed. Persisted: numbers never change their meaning.</summary>
[GenerateSerializer]
public enum SubjectKind
{
    /// <summary>A tenant; key: its id.</summary>
    Tenant = 0,

    /// <summary>A quota; key: <c>tenant/repository</c>.</summary>
    Quota = 1,

    /// <summary>A job; key: <c>tenant/job</c>.</summary>
    Job = 2,

    /// <summary>A gateway; key: its id.</summary>
    Gateway = 3,

    /// <summary>A repository; key: its id.</summary>
    Repository = 4,

    /// <summary>An account; key: the user name.</summary>
    Account = 5,

    /// <summary>A fleet token; key: its id.</summary>
    FleetToken = 6,

    /// <summary>Failover drills; key: <c>drills</c>.</summary>
    Drills = 7,
}
