using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Tests.Gateways;

public sealed class GatewayStandingTests
{
    [Theory]
    [InlineData(WantedState.Active, 1.0, 3, Tone.Good, "Up")]
    [InlineData(WantedState.Active, 5.0, 0, Tone.Good, "Up")]
    [InlineData(WantedState.Active, 5.1, 0, Tone.Bad, "Silent for 5 s")]
    [InlineData(WantedState.Active, 200.0, 9, Tone.Bad, "Silent for 3 min")]
    [InlineData(WantedState.Active, null, 0, Tone.Bad, "Not heard yet")]
    [InlineData(WantedState.Draining, 1.0, 12, Tone.Active, "Draining, 12 left")]
    [InlineData(WantedState.Draining, 1.0, 0, Tone.Good, "Drained")]
    [InlineData(WantedState.Draining, 60.0, 12, Tone.Warning, "Draining, silent for 1 min")]
    [InlineData(WantedState.Disabled, 1.0, 4, Tone.Neutral, "Disabled")]
    [InlineData(WantedState.Disabled, null, 0, Tone.Neutral, "Disabled")]
    public void Of_WhenEnrolled_SaysWhatIsWantedAndHeard(WantedState wanted, double? heardSecondsAgo, long active, Tone tone, string text)
    {
        var standing = GatewayStanding.Of(Some.Gateway(wanted, heardSecondsAgo, active), Some.Now);
        Assert.Equal((tone, text), (standing.Tone, standing.Text));
    }

    [Theory]
    [InlineData(false, false, "Not enrolled yet")]
    [InlineData(true, true, "Revoked")]
    [InlineData(false, true, "Revoked")]
    public void Of_WhenItHoldsNoCertificate_SaysThatFirst(bool isEnrolled, bool isRevoked, string text)
    {
        var gateway = Some.Gateway(WantedState.Draining, 1, 5, isEnrolled, isRevoked);
        Assert.Equal((Tone.Neutral, text), (GatewayStanding.Of(gateway, Some.Now).Tone, GatewayStanding.Of(gateway, Some.Now).Text));
        Assert.False(GatewayStanding.IsUp(gateway, Some.Now));
        Assert.False(GatewayStanding.IsMissing(gateway, Some.Now));
    }

    [Fact]
    public void IsMissing_WhenDisabled_IsFalse() => Assert.False(GatewayStanding.IsMissing(Some.Gateway(WantedState.Disabled, 100), Some.Now));
}
