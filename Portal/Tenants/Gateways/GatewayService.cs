namespace Headgate.Portal.Tenants.Gateways;

/// <summary>What a tenant can expect of a gateway.</summary>
internal enum GatewayService
{
    /// <summary>Takes new runs.</summary>
    Serving,

    /// <summary>Goes on with what it carries and takes nothing new.</summary>
    Leaving,

    /// <summary>Is not heard just now; runs use the others.</summary>
    Silent,
}
