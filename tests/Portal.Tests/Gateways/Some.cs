using System.Collections.Immutable;

namespace Headgate.Portal.Tests.Gateways;

/// <summary>Gateways as grains describe them.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static GatewayInfo Gateway(
        WantedState wanted = WantedState.Active, double? heardSecondsAgo = 1, long active = 0, bool isEnrolled = true, bool isRevoked = false, long version = 1) => new(
        "gtw1",
        GatewayMode.Direct,
        "192.0.2.1",
        6180,
        100,
        ["default"],
        wanted,
        isEnrolled,
        isRevoked,
        heardSecondsAgo is { } seconds ? Now - TimeSpan.FromSeconds(seconds) : null,
        heardSecondsAgo is null ? null : Load(active: active),
        version);

    public static GatewayLoad Load(long up = 0, long down = 0, long epoch = 1, long active = 0) => new("0.1.0", active, 0, up, down, 0, epoch);

    public static GatewayInfo Heard(DateTimeOffset at, GatewayLoad load, WantedState wanted = WantedState.Active) =>
        Gateway(wanted) with { LastHeard = at, Load = load };
}
