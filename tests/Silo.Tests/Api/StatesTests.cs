using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Server.Commands;

namespace Headgate.Silo.Tests.Api;

public sealed class StatesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(true, true, WantedState.Active, 1, "revoked")]
    [InlineData(false, false, WantedState.Active, null, "not enrolled")]
    [InlineData(true, false, WantedState.Disabled, 1, "disabled")]
    [InlineData(true, false, WantedState.Active, null, "silent")]
    [InlineData(true, false, WantedState.Active, 6, "silent")]
    [InlineData(true, false, WantedState.Draining, 6, "silent")]
    [InlineData(true, false, WantedState.Draining, 1, "draining")]
    [InlineData(true, false, WantedState.Active, 5, "up")]
    public void Of_WhenGivenAGateway_SaysTheFirstThatIsSo(bool enrolled, bool revoked, WantedState wanted, int? secondsAgo, string expected)
    {
        var gateway = new GatewayInfo(
            "gtw1", GatewayMode.Direct, "192.0.2.1", 6180, 100, ImmutableArray.Create("default"), wanted, enrolled, revoked, Ago(secondsAgo), null, 1);
        Assert.Equal(expected, States.Of(gateway, s_now));
    }

    [Theory]
    [InlineData(true, true, 1, "revoked")]
    [InlineData(false, false, null, "not enrolled")]
    [InlineData(true, false, 11, "silent")]
    [InlineData(true, false, 10, "up")]
    public void Of_WhenGivenARepository_SaysTheFirstThatIsSo(bool enrolled, bool revoked, int? secondsAgo, string expected) =>
        Assert.Equal(expected, States.Of(new RepositoryInfo("repo1", "192.0.2.1", 6183, enrolled, revoked, Ago(secondsAgo), null, 1), s_now));

    private static DateTimeOffset? Ago(int? seconds) => seconds is { } past ? s_now.AddSeconds(-past) : null;
}
