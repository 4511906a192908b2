namespace Headgate.Balance.Bench;

/// <summary>How much is simulated.</summary>
/// <param name="Gateways">Gateways of the pool, all of one weight.</param>
/// <param name="Tenants">Tenants; few of them run most of the jobs.</param>
/// <param name="WarmUp">Virtual time before anything is measured.</param>
/// <param name="Measured">Virtual time that is.</param>
internal sealed record Size(int Gateways, int Tenants, TimeSpan WarmUp, TimeSpan Measured);
