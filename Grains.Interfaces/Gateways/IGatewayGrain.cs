namespace Headgate.Grains;

/// <summary>A cloud gateway: identity, mode, addresses, wanted state; liveness and load in memory. Key: the gateway's id.</summary>
[Alias("headgate.gateway")]
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>Makes the gateway. Two with the same advertised address and port are refused with <see cref="RefusalReason.Exists"/>.</summary>
    Task<GatewayInfo> CreateAsync(CreateGateway request, CancellationToken cancellationToken);

    /// <summary>The gateway.</summary>
    [AlwaysInterleave]
    Task<GatewayInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>Changes the gateway; lists, pools and the gateway itself hear of it within 5 s.</summary>
    Task<GatewayInfo> ChangeAsync(ChangeGateway request, CancellationToken cancellationToken);

    /// <summary>A one-time enrolment secret.</summary>
    Task<EnrolmentSecret> CreateCodeAsync(TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Uses a code.</summary>
    Task<IssuedCertificate> EnrolAsync(EnrolmentClaim claim, CancellationToken cancellationToken);

    /// <summary>A new certificate by a new key. <paramref name="serial"/>, with which it was asked, stays good beside it: an answer can be lost, any number of times.</summary>
    Task<IssuedCertificate> RenewAsync(string serial, ImmutableArray<byte> publicKey, CancellationToken cancellationToken);

    /// <summary>Revokes its certificate: repositories believe it no longer. Idempotent.</summary>
    Task<GatewayInfo> RevokeAsync(CancellationToken cancellationToken);

    /// <summary>Refuses unless enrolled, not revoked, and <paramref name="serial"/> is the certificate it holds or held last.</summary>
    [AlwaysInterleave]
    Task CheckAsync(string serial, CancellationToken cancellationToken);

    /// <summary>It is alive and this loaded; answers what it should be. Not written.</summary>
    /// <param name="load">Its load.</param>
    /// <param name="tenants">What its tenants move.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<GatewayOrder> HeartbeatAsync(GatewayLoad load, ImmutableArray<TenantLoad> tenants, CancellationToken cancellationToken);

    /// <summary>What its tenants move, as its last heartbeat said; nothing when that is more than 5 s ago.</summary>
    [AlwaysInterleave]
    Task<ImmutableArray<TenantLoad>> GetTenantsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes the gateway and its certificate in one write, for a fleet token. The same key again within 10 minutes gets the same certificate; a gateway that exists with
    /// another key is refused with <see cref="RefusalReason.Exists"/> and that is audited.
    /// </summary>
    Task<IssuedCertificate> EnrolFleetAsync(FleetEnrolment enrolment, CancellationToken cancellationToken);
}
