namespace Headgate.Portal.Tenants.Gateways;

/// <summary>A gateway as a tenant may know it: nothing of its load, of other tenants, or of what is behind it.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Host">Where tenants' connections go.</param>
/// <param name="Port">Its port.</param>
/// <param name="State">Whether it serves.</param>
internal sealed record TenantGateway(string Name, string Host, int Port, GatewayService State);
