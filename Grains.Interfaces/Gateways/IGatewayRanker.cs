namespace Headgate.Grains;

/// <summary>Ranks gateways for runs. Stateless worker; key: the first pool's id. Pulls pool snapshots (cached 500 ms), counts promises.</summary>
[Alias("headgate.gateway-ranker")]
public interface IGatewayRanker : IGrainWithStringKey
{
    /// <summary>
    /// A list: #1 has the least (active + promised) / weight (of a refresh, which promises nothing: the less loaded of the two drawn first), the rest weighted-random per tenant and job; silent, draining and disabled ones left out, and those that
    /// connectors do not come through behind the others.
    /// </summary>
    Task<RankedList> RankAsync(RankRequest request, CancellationToken cancellationToken);

    /// <summary>Every gateway of the ranker's own pool by load, those in no list last, each with why.</summary>
    Task<ImmutableArray<PoolPlace>> ExplainAsync(CancellationToken cancellationToken);
}
