namespace Headgate.Browser.Tests;

/// <summary>Which of the two sites.</summary>
public enum Site
{
    /// <summary>The provider's portal.</summary>
    Portal,

    /// <summary>The tenants' site, through a gateway.</summary>
    Tenants,
}
