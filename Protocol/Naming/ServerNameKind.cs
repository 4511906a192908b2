namespace Headgate.Protocol.Naming;

/// <summary>Where a server name of the zone leads.</summary>
public enum ServerNameKind
{
    /// <summary>Not a name of the zone, or none of the forms below.</summary>
    Unknown,

    /// <summary><c>cc.&lt;zone&gt;</c> or <c>gtwN.&lt;zone&gt;</c>: the tenant API.</summary>
    TenantApi,

    /// <summary><c>my.&lt;zone&gt;</c>: the tenants' site.</summary>
    TenantSite,

    /// <summary><c>r-&lt;label&gt;.data.&lt;zone&gt;</c>: a run's route to its repository, for connectors.</summary>
    Route,

    /// <summary><c>a-&lt;26 base32&gt;.access.&lt;zone&gt;</c>: a tenant's agentless access to a repository.</summary>
    Access,
}
