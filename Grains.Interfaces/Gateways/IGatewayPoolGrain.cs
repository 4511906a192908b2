namespace Headgate.Grains;

/// <summary>A pool's members and their loads. Key: the pool's id. Membership is the gateways' to say; it is read from storage on activation.</summary>
[Alias("headgate.gateway-pool")]
public interface IGatewayPoolGrain : IGrainWithStringKey
{
    /// <summary>A member is new, changed or has a new load.</summary>
    Task ReportAsync(PoolMember member, CancellationToken cancellationToken);

    /// <summary>
    /// A connector says how its connections over members went. A gateway that a tenant's connectors do not come through stands behind the others in that tenant's
    /// lists, and in everybody's when enough tenants say so; it comes back when one comes through, or when what was said is old. Others' gateways are left aside.
    /// </summary>
    /// <param name="tenant">Whose connector.</param>
    /// <param name="trials">Gateways it used since it said so last.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task NoteTrialsAsync(string tenant, ImmutableArray<TrialCount> trials, CancellationToken cancellationToken);

    /// <summary>
    /// A repository says how many connections it holds from members; it holds none from those that it does not name. A gateway that says less of itself than the
    /// repositories together is ranked by what they say. Others' gateways are left aside.
    /// </summary>
    /// <param name="repository">Who says so; its word before is replaced.</param>
    /// <param name="held">From whom, and how many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task NoteHeldAsync(string repository, ImmutableArray<HeldCount> held, CancellationToken cancellationToken);

    /// <summary>A gateway left the pool.</summary>
    Task RemoveAsync(string gateway, CancellationToken cancellationToken);

    /// <summary>The pool as it is; a gateway unheard for 5 s is not <see cref="PoolMember.Heard"/>.</summary>
    [AlwaysInterleave]
    Task<PoolSnapshot> GetAsync(CancellationToken cancellationToken);

    /// <summary>The pool's version: whoever holds a snapshot with another must not use it, for a member was drained, changed, added or taken away since.</summary>
    [AlwaysInterleave]
    Task<long> GetVersionAsync(CancellationToken cancellationToken);
}
