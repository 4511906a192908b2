namespace Headgate.Grains;

/// <summary>A quota with its leases.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="AllowanceBytes">What maintenance of all hosts together may take above the limit.</param>
/// <param name="Leases">One for each host that ever spoke of it, by host.</param>
[GenerateSerializer, Immutable, Alias("headgate.quota-details")]
public sealed record QuotaDetails(QuotaInfo Quota, long AllowanceBytes, ImmutableArray<LeaseInfo> Leases);
