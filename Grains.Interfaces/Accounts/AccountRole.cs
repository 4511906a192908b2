namespace Headgate.Grains;

/// <summary>What an account may do.</summary>
[GenerateSerializer]
public enum AccountRole
{
    /// <summary>Everything on the SP's portal; nothing on the tenants' site.</summary>
    Administrator = 0,

    /// <summary>Its own tenant on the tenants' site; nothing on the SP's portal.</summary>
    Tenant = 1,
}
