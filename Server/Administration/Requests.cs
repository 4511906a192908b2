using Headgate.Grains;

namespace Headgate.Server.Administration;

// What the management API takes and answers beside the grains' own records. It is spoken on this machine between the server and its own subcommands.

internal sealed record NewTenant(string Tenant, string DisplayName, IReadOnlyList<string>? Pools, DateTimeOffset? LeaseEnds, int RunLimit, long? BytesPerSecond = null);

internal sealed record TenantChange(
    string? DisplayName, TenantStatus? Status, IReadOnlyList<string>? Pools, DateTimeOffset? LeaseEnds, bool NoLeaseEnd, int? RunLimit, long? ExpectedVersion,
    long? BytesPerSecond = null);

internal sealed record QuotaLimit(long LimitBytes, long? ExpectedVersion, long? SoftLimitBytes = null);

internal sealed record FenceRequest(string Host, LeaseFence Fence);

internal sealed record FenceAnswer(string Host, IReadOnlyList<string> Tenants);

internal sealed record RecountRequest(string? Tenant);

internal sealed record NewConnectorCode(AccessLevel Level, long LifetimeSeconds);

internal sealed record NewCode(long LifetimeSeconds);

internal sealed record CodeAnswer(string Code, DateTimeOffset Expires)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CodeAnswer);

    public static CodeAnswer Of(EnrolmentSecret secret) => new(secret.Code, secret.Expires);
}

internal sealed record NewAccessKey(string Repository, string Name, AccessLevel Level);

internal sealed record AccessKeyAnswer(string Key, string Secret, string AccessName, string Url)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(AccessKeyAnswer);
}

internal sealed record NewGateway(
    string Gateway, GatewayMode Mode, string Host, int Port, int Weight, IReadOnlyList<string>? Pools, string? DisplayName = null);

internal sealed record GatewayChange(
    WantedState? WantedState, GatewayMode? Mode, string? Host, int? Port, int? Weight, IReadOnlyList<string>? Pools, long? ExpectedVersion, string? DisplayName = null,
    long? DrainSeconds = null);

internal sealed record NewRepository(string Repository, string Host, int Port);

internal sealed record RepositoryMove(string Host, int Port, long? ExpectedVersion);

internal sealed record GatewayWithCode(GatewayInfo Gateway, string Code, DateTimeOffset Expires)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(GatewayWithCode);
}

internal sealed record RepositoryWithCode(RepositoryInfo Repository, string Code, DateTimeOffset Expires)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(RepositoryWithCode);
}

internal sealed record NewAccount(string Account, string DisplayName, AccountRole Role, string? Tenant);

internal sealed record AccountChange(string? DisplayName, bool? Disabled, long? ExpectedVersion);

internal sealed record NewFleetToken(string Token, string Name, IReadOnlyList<string>? Pools, int Weight, int MaxGateways, long LifetimeSeconds);

internal sealed record NewDrill(string? Repository, string? Pool);

internal sealed record NewDrillSchedule(string Cron, string? Repository, string? Pool);

internal sealed record AuthorityAnswer(
    string Pem,
    string Fingerprint,
    IReadOnlyList<AuthorityRoot> Roots,
    DateTimeOffset IssuingEnds,
    IReadOnlyList<ProgramBehind> Behind,
    int OpenCodes,
    IReadOnlyList<string> AgentlessTenants);

internal sealed record AuthorityRoot(string Fingerprint, string State, DateTimeOffset Ends);

internal sealed record ProgramBehind(string Identity, DateTimeOffset Ends, DateTimeOffset? Confirmed);

internal sealed record AuthorityStep(bool Force);
