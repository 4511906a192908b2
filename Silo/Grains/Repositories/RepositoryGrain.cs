using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Repositories;

/// <summary>A cloud repository. Gateways know it as a relay target from its creation until it is revoked.</summary>
[GrainType("repository")]
internal sealed class RepositoryGrain(
    [PersistentState("repository")] IPersistentState<RepositoryRecord> stored, TimeProvider time, ICertificateIssuer issuer, CodeWriter codes)
    : EnrolledGrain<RepositoryRecord, RepositoryInfo>(stored, time, issuer, codes), IRepositoryGrain
{
    private DateTimeOffset? _heard;
    private RepositoryState? _reported;

    protected override string Noun => $"repository '{Key}'";

    protected override CertificateRole Role => CertificateRole.Repository;

    public async Task<RepositoryInfo> CreateAsync(CreateRepository request, CancellationToken cancellationToken)
    {
        Require.Identifier("repository", Key);
        Require.Host("host", request.Host);
        Require.Range("port", request.Port, 1, 65535);
        RequireNew();
        (State.Host, State.Port, State.Created) = (request.Host, request.Port, Now);
        Audit("repository-created", $"{Noun} at {request.Host}:{request.Port}.");
        TellBelieved();
        await SaveAsync(cancellationToken);
        return View;
    }

    public Task<RepositoryInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View with { LastHeard = _heard, State = _reported });

    public async Task<RepositoryInfo> MoveAsync(string host, int port, long? expectedVersion, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Version(Noun, expectedVersion, Version);
        Require.Host("host", host);
        Require.Range("port", port, 1, 65535);
        if ((State.Host, State.Port) != (host, port))
        {
            Audit("repository-moved", $"{Noun} from {State.Host}:{State.Port} to {host}:{port}.");
            (State.Host, State.Port) = (host, port);
            if (!State.Revoked)
            {
                TellBelieved();
            }
            await SaveAsync(cancellationToken);
        }
        return await GetAsync(cancellationToken);
    }

    public async Task<RepositoryInfo> RevokeAsync(CancellationToken cancellationToken)
    {
        await TryRevokeAsync(cancellationToken);
        return await GetAsync(cancellationToken);
    }

    public async Task RecountAsync(string? tenant, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (tenant is not null)
        {
            Require.Identifier("tenant", tenant);
        }
        Tell(EdgeAudience.Repository(Key), EdgeEventKinds.RecountWanted, new RecountWanted(tenant));
        Audit("recount-wanted", tenant is null ? $"{Noun}, every tenant." : $"{Noun}, tenant '{tenant}'.");
        await SaveAsync(cancellationToken);
    }

    public Task HeartbeatAsync(RepositoryState state, CancellationToken cancellationToken)
    {
        RequireExisting();
        (_heard, _reported) = (Now, state);
        return Task.CompletedTask;
    }

    protected override RepositoryInfo Describe() =>
        new(Key, State.Host, State.Port, State.Serial is not null, State.Revoked, _heard, _reported, Version);

    // The stream fills each gateway's key in.
    protected override void TellBelieved() =>
        Tell(EdgeAudience.Gateways, EdgeEventKinds.TargetChanged, new RelayTarget(Key, State.Host, State.Port, [], State.Enrolment));

    protected override void TellRevoked() => Tell(EdgeAudience.Gateways, EdgeEventKinds.TargetRemoved, new NameReference(Key));
}
