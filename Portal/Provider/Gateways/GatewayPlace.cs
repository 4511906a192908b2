namespace Headgate.Portal.Provider.Gateways;

/// <summary>Where a gateway stands in one of its pools.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Place">Its place by load, and why; null while the pool does not know it yet.</param>
/// <param name="Listed">How many gateways of the pool are in lists.</param>
internal sealed record GatewayPlace(string Pool, PoolPlace? Place, int Listed);
