using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>A cloud gateway. Its pools hear of every change and heartbeat after it is written, or at once when nothing is to be written.</summary>
[GrainType("gateway")]
internal sealed class GatewayGrain(
    [PersistentState("gateway")] IPersistentState<GatewayState> stored, TimeProvider time, ICertificateIssuer issuer, CodeWriter codes)
    : EnrolledGrain<GatewayState, GatewayInfo>(stored, time, issuer, codes), IGatewayGrain
{
    private static readonly TimeSpan s_leastDrain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_mostDrain = TimeSpan.FromDays(30);

    // Pools that may still count it: those told, until they were told that it left.
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private DateTimeOffset? _heard;
    private GatewayLoad? _load;
    private ImmutableArray<TenantLoad> _tenants = [];

    protected override string Noun => $"gateway '{Key}'";

    protected override CertificateRole Role => CertificateRole.Gateway;

    private string Named => State.DisplayName.Length == 0 ? "" : $", '{State.DisplayName}',";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _told.UnionWith(State.Pools);
    }

    public async Task<GatewayInfo> CreateAsync(CreateGateway request, CancellationToken cancellationToken)
    {
        RequirePossible(request);
        RequireNew();
        Make(request);
        await SaveAddressAsync(cancellationToken);
        return await GetAsync(cancellationToken);
    }

    public async Task<IssuedCertificate> EnrolFleetAsync(FleetEnrolment enrolment, CancellationToken cancellationToken)
    {
        RequirePossible(enrolment.Gateway);
        if (Exists)
        {
            var use = State.Codes.Find(code => code.SecretSha256.AsSpan().SequenceEqual(enrolment.CodeSha256.AsSpan()))?.Use;
            if (use is not null && !State.Revoked && EnrolmentCodes.IsAnsweredAgain(use, enrolment.PublicKey, Now))
            {
                return use.Certificate;
            }
            Audit("gateway-exists", $"Fleet token '{enrolment.Token}' came with another key for {Noun}, which exists.");
            await SaveAsync(cancellationToken);
            throw new RefusedException(
                RefusalReason.Exists,
                $"There is a {Noun} already, this key is not its own, and a fleet token takes none over. Give this machine another id with --id, or enrol it with a code for that gateway.");
        }
        if (enrolment.Expires <= Now)
        {
            throw new RefusedException(
                RefusalReason.CodeRefused, $"Fleet token '{enrolment.Token}' ended at {enrolment.Expires:yyyy-MM-dd HH:mm:ss} UTC. Ask for a new one.");
        }
        var certificate = Begin(enrolment.CodeSha256, enrolment.PublicKey);
        Make(enrolment.Gateway);
        Audit("enrolled", $"{Noun} enrolled with fleet token '{enrolment.Token}' and certificate {certificate.Serial}.");
        await SaveAddressAsync(cancellationToken);
        PublishHolder();
        return certificate;
    }

    public Task<GatewayInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View with { LastHeard = _heard, Load = _load });

    public async Task<GatewayInfo> ChangeAsync(ChangeGateway request, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Version(Noun, request.ExpectedVersion, Version);
        Require.Defined("mode", request.Mode ?? State.Mode);
        Require.Defined("wantedState", request.WantedState ?? State.WantedState);
        RequireAddress(request.Host ?? State.Host, request.Port ?? State.Port);
        RequireWeight(request.Weight ?? State.Weight);
        Require.Pools("pools", request.Pools ?? [.. State.Pools]);
        RequireName(request.DisplayName ?? State.DisplayName);
        RequireDrain(request);
        Want(request);
        State.DisplayName = request.DisplayName ?? State.DisplayName;
        State.Mode = request.Mode ?? State.Mode;
        State.Host = request.Host ?? State.Host;
        State.Port = request.Port ?? State.Port;
        State.Weight = request.Weight ?? State.Weight;
        State.Pools = request.Pools is { } pools ? [.. DefaultPool.Or(pools)] : State.Pools;
        var closing = State.DrainEnds is { } ends ? $" (what is left at {ends:yyyy-MM-dd HH:mm:ss} UTC is closed)" : "";
        Audit("gateway-changed", $"{Noun}{Named}: {State.WantedState}{closing}, {State.Mode}, {State.Host}:{State.Port}, weight {State.Weight}, pools {string.Join(' ', State.Pools)}.");
        await SaveAddressAsync(cancellationToken);
        await TellPoolsAsync(isAlive: false, cancellationToken);
        return await GetAsync(cancellationToken);
    }

    public async Task<GatewayInfo> RevokeAsync(CancellationToken cancellationToken)
    {
        await TryRevokeAsync(cancellationToken);
        await TellPoolsAsync(isAlive: false, cancellationToken);
        return await GetAsync(cancellationToken);
    }

    public async Task<GatewayOrder> HeartbeatAsync(GatewayLoad load, ImmutableArray<TenantLoad> tenants, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.Revoked)
        {
            throw new RefusedException(RefusalReason.Revoked, $"The certificate of {Noun} was revoked. To use it again, enrol it with a new code.");
        }
        (_heard, _load, _tenants) = (Now, load, tenants);
        await TellPoolsAsync(isAlive: true, cancellationToken);
        return new GatewayOrder(State.WantedState, State.DrainEnds is { } ends ? EdgeRecords.Left(ends, Now) : null);
    }

    public Task<ImmutableArray<TenantLoad>> GetTenantsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_heard is { } heard && Now - heard <= PoolLiveness.Silence && _load is not { Stopping: true } ? _tenants : []);

    protected override GatewayInfo Describe() => new(
        Key, State.Mode, State.Host, State.Port, State.Weight, [.. State.Pools], State.WantedState, State.Serial is not null, State.Revoked, _heard, _load, Version, State.DisplayName,
        State.DrainBegan is { } began ? new GatewayDrain(began, State.DrainConnections, State.DrainEnds) : null);

    // The stream fills each repository's key in.
    protected override void TellBelieved() => Tell(EdgeAudience.Repositories, EdgeEventKinds.GatewayChanged, new GatewayKey(Key, [], State.Enrolment));

    protected override void TellRevoked() => Tell(EdgeAudience.Repositories, EdgeEventKinds.GatewayRemoved, new NameReference(Key));

    private void RequirePossible(CreateGateway request)
    {
        Require.Identifier("gateway", Key);
        Require.Defined("mode", request.Mode);
        RequireAddress(request.Host, request.Port);
        RequireWeight(request.Weight);
        Require.Pools("pools", request.Pools);
        RequireName(request.DisplayName);
    }

    private static void RequireDrain(ChangeGateway request)
    {
        if (request.DrainFor is { } time && request.WantedState != WantedState.Draining)
        {
            throw Require.Invalid("drainFor", time.ToString("c", System.Globalization.CultureInfo.InvariantCulture), "a time with the wanted state Draining only");
        }
        Require.Range("drainFor", (long)(request.DrainFor ?? s_leastDrain).TotalSeconds, (long)s_leastDrain.TotalSeconds, (long)s_mostDrain.TotalSeconds);
    }

    // Draining again states the end anew; what it began with stays.
    private void Want(ChangeGateway request)
    {
        if (request.WantedState is not { } wanted)
        {
            return;
        }
        var before = (State.WantedState, State.DrainEnds);
        State.WantedState = wanted;
        State.DrainEnds = request.DrainFor is { } time ? Now + time : null;
        if (wanted != WantedState.Draining)
        {
            (State.DrainBegan, State.DrainConnections) = (null, 0);
        }
        else if (State.DrainBegan is null)
        {
            (State.DrainBegan, State.DrainConnections) = (Now, _load?.Active ?? 0);
        }
        if (before != (State.WantedState, State.DrainEnds))
        {
            Tell(EdgeAudience.Gateway(Key), EdgeEventKinds.WantedState, new WantedStateChange(wanted.ToWire(), request.DrainFor?.TotalSeconds));
        }
    }

    private void Make(CreateGateway request)
    {
        (State.Mode, State.Host, State.Port, State.Weight) = (request.Mode, request.Host, request.Port, request.Weight);
        State.Pools = [.. DefaultPool.Or(request.Pools)];
        (State.DisplayName, State.Created) = (request.DisplayName, Now);
        Audit("gateway-created", $"{Noun}{Named} at {State.Host}:{State.Port}, {State.Mode}, weight {State.Weight}, pools {string.Join(' ', State.Pools)}.");
    }

    private static void RequireAddress(string host, int port)
    {
        Require.Host("host", host);
        Require.Range("port", port, 1, 65535);
    }

    private static void RequireName(string name)
    {
        if (name.Length > 0)
        {
            Require.Text("displayName", name, 100);
        }
    }

    private static void RequireWeight(int weight) => Require.Range("weight", weight, 1, 1000);

    private async Task SaveAddressAsync(CancellationToken cancellationToken)
    {
        var (host, port) = (State.Host, State.Port);
        try
        {
            await SaveAsync(cancellationToken);
        }
        catch (Exception exception) when (UniqueConstraintException.In(exception) is { Constraint: "gateway.host, gateway.port" })
        {
            throw new RefusedException(
                RefusalReason.Exists,
                $"Another gateway is advertised at {host}:{port}. Each gateway has a public address and port of its own: give this one another, or change the other one first.");
        }
    }

    private async Task TellPoolsAsync(bool isAlive, CancellationToken cancellationToken)
    {
        // One that stops is not silent: it said so, and is out of the lists until it is heard anew.
        var pools = State.IsBelieved && _load is not { Stopping: true } ? State.Pools : [];
        foreach (var left in _told.Except(pools).ToArray())
        {
            await GrainFactory.GetGrain<IGatewayPoolGrain>(left).RemoveAsync(Key, cancellationToken);
            _told.Remove(left);
        }
        var member = new PoolMember(
            Key, State.Host, State.Port, State.Weight, State.WantedState, isAlive, _load?.Active ?? 0, _load?.Accepted ?? 0, _load?.Epoch ?? 0);
        foreach (var pool in pools)
        {
            _told.Add(pool);
            await GrainFactory.GetGrain<IGatewayPoolGrain>(pool).ReportAsync(member, cancellationToken);
        }
    }
}
