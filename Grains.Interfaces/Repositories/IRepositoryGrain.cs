namespace Headgate.Grains;

/// <summary>A cloud repository: identity, endpoint; capacity and liveness in memory. Key: the repository's id.</summary>
[Alias("headgate.repository")]
public interface IRepositoryGrain : IGrainWithStringKey
{
    /// <summary>Makes the repository.</summary>
    Task<RepositoryInfo> CreateAsync(CreateRepository request, CancellationToken cancellationToken);

    /// <summary>The repository.</summary>
    [AlwaysInterleave]
    Task<RepositoryInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>Moves it: gateways hear of it.</summary>
    Task<RepositoryInfo> MoveAsync(string host, int port, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>A one-time enrolment secret.</summary>
    Task<EnrolmentSecret> CreateCodeAsync(TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Uses a code.</summary>
    Task<IssuedCertificate> EnrolAsync(EnrolmentClaim claim, CancellationToken cancellationToken);

    /// <summary>A new certificate by a new key. <paramref name="serial"/>, with which it was asked, stays good beside it: an answer can be lost, any number of times.</summary>
    Task<IssuedCertificate> RenewAsync(string serial, ImmutableArray<byte> publicKey, CancellationToken cancellationToken);

    /// <summary>Revokes its certificate: gateways no longer relay to it. Idempotent.</summary>
    Task<RepositoryInfo> RevokeAsync(CancellationToken cancellationToken);

    /// <summary>Refuses unless enrolled, not revoked, and <paramref name="serial"/> is the certificate it holds or held last.</summary>
    [AlwaysInterleave]
    Task CheckAsync(string serial, CancellationToken cancellationToken);

    /// <summary>Asks its hosts to count anew what is stored, of one tenant or of all (null). It is told with their next lease requests.</summary>
    Task RecountAsync(string? tenant, CancellationToken cancellationToken);

    /// <summary>It is alive. Not written.</summary>
    Task HeartbeatAsync(RepositoryState state, CancellationToken cancellationToken);
}
