namespace Headgate.Grains;

/// <summary>Whether a tenant is served. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum TenantStatus
{
    /// <summary>Served.</summary>
    Active = 0,

    /// <summary>Nothing new; open routes are closed.</summary>
    Disabled = 1,
}
