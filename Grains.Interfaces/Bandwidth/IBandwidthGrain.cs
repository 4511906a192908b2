namespace Headgate.Grains;

/// <summary>
/// Shares a tenant's bandwidth out over the gateways that relay for it. Key: the tenant's id. In memory only: after a restart it learns from the gateways' reports what is
/// out, before it gives anybody more. What is out at one time is never more than the limit, once every gateway that relays for the tenant was heard (docs/bandwidth.md).
/// </summary>
[Alias("headgate.bandwidth")]
public interface IBandwidthGrain : IGrainWithStringKey
{
    /// <summary>What a gateway moved for the tenant since its last report; answers its part from here on. One without connections gives its part back.</summary>
    Task<BandwidthGrant> ReportAsync(BandwidthReport report, CancellationToken cancellationToken);
}
