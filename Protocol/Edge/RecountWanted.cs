namespace Headgate.Protocol.Edge;

/// <summary>An administrator wants what is stored to be counted anew; uploads go on meanwhile. Told with the next <see cref="LeaseRequest"/> after the count.</summary>
/// <param name="Tenant">The tenant; null for all of them.</param>
public sealed record RecountWanted(string? Tenant);
