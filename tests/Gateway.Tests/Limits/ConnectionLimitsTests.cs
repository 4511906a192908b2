using System.Net;
using Headgate.Gateway.Limits;

namespace Headgate.Gateway.Tests.Limits;

public sealed class ConnectionLimitsTests
{
    private static readonly SourceKey s_one = SourceKey.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly SourceKey s_two = SourceKey.Of(IPAddress.Parse("192.0.2.2"));

    [Fact]
    public void TryAdmit_WhenAllAreTaken_NamesTheLimitInAll()
    {
        var limits = new ConnectionLimits(2, 2, 2);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        first!.HandshakeDone();
        Assert.True(limits.TryAdmit(s_two, out var second, out _));
        Assert.Equal(Refusal.ConnectionLimit, Refused(limits, s_two));
        second!.Dispose();
        Assert.True(limits.TryAdmit(s_two, out _, out _));
    }

    [Fact]
    public void TryAdmit_WhenASourceHasItsShare_RefusesOnlyThatSource()
    {
        var limits = new ConnectionLimits(10, 1, 10);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.Equal(Refusal.SourceLimit, Refused(limits, s_one));
        Assert.True(limits.TryAdmit(s_two, out _, out _));
        first!.Dispose();
        Assert.True(limits.TryAdmit(s_one, out _, out _));
    }

    [Fact]
    public void TryAdmit_WhenHandshakesAreTaken_AdmitsAgainOnceOneWasLed()
    {
        var limits = new ConnectionLimits(10, 10, 1);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.Equal(Refusal.HandshakeLimit, Refused(limits, s_two));
        first!.HandshakeDone();
        Assert.True(limits.TryAdmit(s_two, out _, out _));
    }

    [Fact]
    public void Dispose_WhenCalledTwiceAfterTheHandshake_GivesBackOnce()
    {
        var limits = new ConnectionLimits(10, 10, 10);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.True(limits.TryAdmit(s_one, out var second, out _));
        first!.HandshakeDone();
        first.Dispose();
        first.Dispose();
        Assert.Equal((1, 1, 1), (limits.Open, limits.Handshakes, limits.Sources));
        second!.Dispose();
        Assert.Equal((0, 0, 0), (limits.Open, limits.Handshakes, limits.Sources));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("::c000:201", "0.0.0.0", false)]
    public void Of_WhenAddressesAreOfOneSite_IsTheSameSource(string one, string other, bool same) =>
        Assert.Equal(same, SourceKey.Of(IPAddress.Parse(one)) == SourceKey.Of(IPAddress.Parse(other)));

    private static Refusal Refused(ConnectionLimits limits, SourceKey source)
    {
        Assert.False(limits.TryAdmit(source, out var admission, out var refusal));
        Assert.Null(admission);
        return refusal;
    }
}
