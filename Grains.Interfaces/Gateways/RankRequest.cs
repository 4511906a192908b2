namespace Headgate.Grains;

/// <summary>Asks for a list.</summary>
/// <param name="Tenant">Places 2 to 8 are weighted-random per tenant and job.</param>
/// <param name="Connections">Connections to promise to #1; 0: none (a refresh).</param>
/// <param name="Pools">Further pools, beside the ranker's own key.</param>
/// <param name="Job">The job that it is for; empty: none, the tenant as a whole.</param>
[GenerateSerializer, Immutable, Alias("headgate.rank-request")]
public sealed record RankRequest(
    string Tenant,
    int Connections,
    ImmutableArray<string> Pools,
    string Job = "");
