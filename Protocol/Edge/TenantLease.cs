namespace Headgate.Protocol.Edge;

/// <summary>
/// One tenant's lease in a <see cref="LeaseRequest"/>. A lease is a ceiling: what the host's committed objects and the uploads under way may take together, in
/// bytes. The host lowers it by itself before it says so, and raises it only when the answer to its newest request says so; so a lost or late message
/// never lets two hosts count on the same bytes.
/// </summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="UsedBytes">What committed objects take.</param>
/// <param name="HeldBytes">The ceiling that the host keeps to from this request on, for ordinary writes.</param>
/// <param name="HeldMaintenanceBytes">What it may take above that for maintenance.</param>
/// <param name="WantedBytes">The ceiling that it would like; not below <paramref name="HeldBytes"/>.</param>
/// <param name="WantedMaintenanceBytes">The maintenance bytes that it would like; not below <paramref name="HeldMaintenanceBytes"/>.</param>
public sealed record TenantLease(
    string Tenant,
    long UsedBytes,
    long HeldBytes,
    long HeldMaintenanceBytes,
    long WantedBytes,
    long WantedMaintenanceBytes);
