namespace Headgate.Silo.Listening;

/// <summary>Which API a listener serves. A request for one on another's listener finds nothing there.</summary>
internal enum ApiKind
{
    /// <summary>Gateways and repositories.</summary>
    Edge,

    /// <summary>Connectors, through gateways.</summary>
    Tenant,

    /// <summary>The provider, on this machine.</summary>
    Management,

    /// <summary>Tenants' browsers, through gateways: a site of its own.</summary>
    TenantSite,
}
