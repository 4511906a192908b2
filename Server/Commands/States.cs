using Headgate.Grains;

namespace Headgate.Server.Commands;

/// <summary>How a gateway or repository stands, in one word. The server's clock is this machine's: both are on it.</summary>
internal static class States
{
    private static readonly TimeSpan s_gatewaySilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_repositorySilence = TimeSpan.FromSeconds(10);

    /// <summary><c>revoked</c>, <c>not enrolled</c>, <c>disabled</c>, <c>silent</c>, <c>draining</c> or <c>up</c>: the first that is so.</summary>
    public static string Of(GatewayInfo gateway, DateTimeOffset now) => gateway switch
    {
        { Revoked: true } => "revoked",
        { Enrolled: false } => "not enrolled",
        { WantedState: WantedState.Disabled } => "disabled",
        _ when IsSilent(gateway.LastHeard, now, s_gatewaySilence) => "silent",
        { WantedState: WantedState.Draining } => "draining",
        _ => "up",
    };

    /// <summary><c>revoked</c>, <c>not enrolled</c>, <c>silent</c> or <c>up</c>: the first that is so.</summary>
    public static string Of(RepositoryInfo repository, DateTimeOffset now) => repository switch
    {
        { Revoked: true } => "revoked",
        { Enrolled: false } => "not enrolled",
        _ when IsSilent(repository.LastHeard, now, s_repositorySilence) => "silent",
        _ => "up",
    };

    private static bool IsSilent(DateTimeOffset? heard, DateTimeOffset now, TimeSpan limit) => heard is not { } last || now - last > limit;
}
