namespace Headgate.Grains;

/// <summary>
/// A reusable token with an end, with which many gateways enrol by themselves. Key: the token's id. It makes the gateways it enrols; it cannot take over one that
/// exists with another key.
/// </summary>
[Alias("headgate.fleet-token")]
public interface IFleetTokenGrain : IGrainWithStringKey
{
    /// <summary>Makes the token.</summary>
    Task<CreatedFleetToken> CreateAsync(CreateFleetToken request, CancellationToken cancellationToken);

    /// <summary>The token.</summary>
    [AlwaysInterleave]
    Task<FleetTokenInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>Makes the gateway and its certificate. The same key for the same gateway gets the same answer within 10 minutes.</summary>
    Task<IssuedCertificate> EnrolAsync(FleetClaim claim, CancellationToken cancellationToken);

    /// <summary>Ends the token; gateways it enrolled stay. Idempotent.</summary>
    Task<FleetTokenInfo> RevokeAsync(CancellationToken cancellationToken);
}
