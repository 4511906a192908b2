using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Enrolment;

namespace Headgate.Silo.Grains.Fleet;

/// <summary>
/// A fleet token. A gateway's place in its number is written before the gateway is made, and given back when the gateway refuses: whatever breaks in between,
/// there are never more gateways than places, and a claim that is repeated finds its place.
/// </summary>
[GrainType("fleet-token")]
internal sealed class FleetTokenGrain([PersistentState("fleet-token")] IPersistentState<FleetTokenState> stored, TimeProvider time, CodeWriter codes)
    : StoredGrain<FleetTokenState, FleetTokenInfo>(stored, time), IFleetTokenGrain
{
    private const int MaxGateways = 1000;
    private const int SecretBytes = 16;
    private static readonly TimeSpan s_minLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_maxLifetime = TimeSpan.FromDays(366);

    protected override string Noun => $"fleet token '{Key}'";

    public async Task<CreatedFleetToken> CreateAsync(CreateFleetToken request, CancellationToken cancellationToken)
    {
        Require.Identifier("token", Key);
        Require.Text("name", request.Name, 100);
        Require.Pools("pools", request.Pools);
        Require.Range("weight", request.Weight, 1, 1000);
        Require.Range("maxGateways", request.MaxGateways, 1, MaxGateways);
        if (request.Lifetime < s_minLifetime || request.Lifetime > s_maxLifetime)
        {
            throw Require.Invalid("lifetime", request.Lifetime.ToString("c", System.Globalization.CultureInfo.InvariantCulture), "1 minute to 366 days");
        }
        RequireNew();
        var secret = Base32.Encode(RandomNumberGenerator.GetBytes(SecretBytes));
        (State.Name, State.SecretSha256, State.Weight, State.MaxGateways) = (request.Name, Hash(secret), request.Weight, request.MaxGateways);
        State.Pools = [.. DefaultPool.Or(request.Pools)];
        (State.Created, State.Expires) = (Now, Now + request.Lifetime);
        Audit(
            "fleet-token-created",
            $"{Noun}, '{State.Name}', for {State.MaxGateways} gateways of weight {State.Weight} in pools {string.Join(' ', State.Pools)}, until {State.Expires:O}.");
        await SaveAsync(cancellationToken);
        return new CreatedFleetToken(View, codes.FleetCode(Key, secret));
    }

    public Task<FleetTokenInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View);

    public async Task<IssuedCertificate> EnrolAsync(FleetClaim claim, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (!CryptographicOperations.FixedTimeEquals(Hash(claim.Secret).AsSpan(), State.SecretSha256.AsSpan()))
        {
            throw EnrolmentCodes.Unknown();
        }
        if (State.Revoked)
        {
            throw new RefusedException(RefusalReason.CodeRefused, $"The {Noun} was revoked. Ask for a new one.");
        }
        Require.Identifier("gateway", claim.Gateway);
        var isNew = !State.Gateways.Contains(claim.Gateway);
        if (isNew)
        {
            RequireOpen();
            State.Gateways.Add(claim.Gateway);
            await SaveAsync(cancellationToken);
        }
        try
        {
            return await GrainFactory.GetGrain<IGatewayGrain>(claim.Gateway).EnrolFleetAsync(
                new FleetEnrolment(
                    Key,
                    Hash($"{Key}/{claim.Gateway}/{claim.Secret}"),
                    State.Expires,
                    claim.PublicKey,
                    new CreateGateway(claim.Mode, claim.Host, claim.Port, State.Weight, [.. State.Pools])),
                cancellationToken);
        }
        catch (RefusedException) when (isNew)
        {
            State.Gateways.Remove(claim.Gateway);
            await SaveAsync(CancellationToken.None);
            throw;
        }
    }

    public async Task<FleetTokenInfo> RevokeAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        if (!State.Revoked)
        {
            State.Revoked = true;
            Audit("fleet-token-revoked", $"{Noun}, '{State.Name}'; its {State.Gateways.Count} gateways stay.");
            await SaveAsync(cancellationToken);
        }
        return View;
    }

    protected override FleetTokenInfo Describe() => new(
        Key, State.Name, [.. State.Pools], State.Weight, State.MaxGateways, [.. State.Gateways], State.Created, State.Expires, State.Revoked, Version);

    private static ImmutableArray<byte> Hash(string text) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(text))];

    private void RequireOpen()
    {
        if (State.Expires <= Now)
        {
            throw new RefusedException(RefusalReason.CodeRefused, $"The {Noun} ended at {State.Expires:yyyy-MM-dd HH:mm:ss} UTC. Ask for a new one.");
        }
        if (State.Gateways.Count >= State.MaxGateways)
        {
            throw new RefusedException(
                RefusalReason.CodeUsed,
                $"The {Noun} has enrolled {State.Gateways.Count} gateways, and {State.MaxGateways} are all it may. Ask for a new one, or for a code of this gateway's own.");
        }
    }
}
