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
        Assert.True(first.TryLead(null, out _));
        Assert.True(limits.TryAdmit(s_two, out var second, out _));
        Assert.Equal(Refusal.ConnectionLimit, Refused(limits, s_two));
        second.Dispose();
        Assert.True(limits.TryAdmit(s_two, out _, out _));
    }

    [Fact]
    public void TryAdmit_WhenASourceHasItsShare_RefusesOnlyThatSource()
    {
        var limits = new ConnectionLimits(10, 1, 10);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.Equal(Refusal.SourceLimit, Refused(limits, s_one));
        Assert.True(limits.TryAdmit(s_two, out _, out _));
        first.Dispose();
        Assert.True(limits.TryAdmit(s_one, out _, out _));
    }

    [Fact]
    public void TryAdmit_WhenHandshakesAreTaken_AdmitsAgainOnceOneWasLed()
    {
        var limits = new ConnectionLimits(10, 10, 1);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.Equal(Refusal.HandshakeLimit, Refused(limits, s_two));
        Assert.True(first.TryLead(null, out _));
        Assert.True(limits.TryAdmit(s_two, out _, out _));
    }

    [Fact]
    public void Dispose_WhenCalledTwiceAfterTheHandshake_GivesBackOnce()
    {
        var limits = new ConnectionLimits(10, 10, 10);
        Assert.True(limits.TryAdmit(s_one, out var first, out _));
        Assert.True(limits.TryAdmit(s_one, out var second, out _));
        Assert.True(first.TryLead("acme", out _));
        Assert.True(first.TryLead("acme", out _));
        Assert.Equal(1, limits.Tenants);
        first.Dispose();
        first.Dispose();
        Assert.Equal((1, 1, 1, 0), (limits.Open, limits.Handshakes, limits.Sources, limits.Tenants));
        second.Dispose();
        Assert.Equal((0, 0, 0), (limits.Open, limits.Handshakes, limits.Sources));
    }

    [Fact]
    public void TryLead_WhenTheTenantHasAllItMay_RefusesOnlyThatTenantAndStaysAHandshake()
    {
        var limits = new ConnectionLimits(10, 10, 10, maxPerTenant: 2);
        var led = Admit(limits, 3);
        Assert.True(led[0].TryLead("acme", out _));
        Assert.True(led[1].TryLead("acme", out _));
        Assert.False(led[2].TryLead("acme", out var refusal));
        Assert.Equal((Refusal.TenantLimit, 1), (refusal, limits.Handshakes));
        Assert.True(led[2].TryLead("other", out _));
        var (nobodys, again) = (Admit(limits, 3), Admit(limits, 1));
        for (var i = 0; i < nobodys.Length; i++)
        {
            Assert.True(nobodys[i].TryLead(null, out _));
        }

        Assert.False(again[0].TryLead("acme", out _));
        led[0].Dispose();
        Assert.True(again[0].TryLead("acme", out _));
        Assert.Equal(2, limits.Tenants);
    }

    [Fact]
    public void TryAdmitInstead_WhenAnotherHandshakeIsEndedForIt_OnlyTheOtherLimitsStand()
    {
        var limits = new ConnectionLimits(4, 3, 2);
        var admitted = Admit(limits, 2);
        Assert.Equal(Refusal.HandshakeLimit, Refused(limits, s_two));
        Assert.True(limits.TryAdmitInstead(s_two, out _, out _));
        admitted[0].Dispose();
        Assert.Equal(2, limits.Handshakes);
        Assert.True(limits.TryAdmitInstead(s_one, out _, out _));
        Assert.True(limits.TryAdmitInstead(s_one, out _, out _));
        Assert.False(limits.TryAdmitInstead(s_one, out _, out var refusal));
        Assert.Equal(Refusal.ConnectionLimit, refusal);
    }

    [Fact]
    public void TryAdmit_WhenASourceHasItsHandshakes_LeavesTheRestToOthers()
    {
        var limits = new ConnectionLimits(100, 100, 10, maxHandshakesPerSource: 3);
        var admitted = Admit(limits, 3);
        Assert.Equal(Refusal.SourceHandshakeLimit, Refused(limits, s_one));
        Assert.True(limits.TryAdmit(s_two, out _, out _));
        Assert.True(admitted[0].TryLead(null, out _));
        Assert.True(limits.TryAdmit(s_one, out _, out _));
        admitted[1].Dispose();
        Assert.True(limits.TryAdmit(s_one, out _, out _));
        Assert.Equal(Refusal.SourceHandshakeLimit, Refused(limits, s_one));
    }

    [Fact]
    public void TryAdmit_WhenTheSourceIsExempt_OnlyLimitsInAllStand()
    {
        var limits = new ConnectionLimits(3, 1, 3, maxHandshakesPerSource: 1, exempt: SourceNetworks.Of(["192.0.2.0/31"]));
        Assert.Equal(3, Admit(limits, 3).Length);
        Assert.Equal(Refusal.ConnectionLimit, Refused(limits, s_one));
        Assert.Equal(Refusal.ConnectionLimit, Refused(limits, s_two));
    }

    [Fact]
    public void Admission_FromAdmitToDispose_AllocatesNothing()
    {
        var limits = new ConnectionLimits(1000, 1000, 1000, 1000, 1000, SourceNetworks.Of(["203.0.113.0/24", "2001:db8::/32"]));
        var keep = Admit(limits, 1);
        RunAll(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        RunAll(10_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal((1, 1), (limits.Open, limits.Sources));
        keep[0].Dispose();

        void RunAll(int times)
        {
            for (var i = 0; i < times; i++)
            {
                limits.TryAdmit(new SourceKey(true, (ulong)i % 100), out var admission, out _);
                admission.TryLead("acme", out _);
                admission.Dispose();
            }
        }
    }

    [Fact]
    public async Task Limits_WhenManyThreadsComeAndGo_CountExactly()
    {
        var limits = new ConnectionLimits(50, 30, 40, 20, 25);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            var held = new List<Admission>();
            for (var i = 0; i < 20_000; i++)
            {
                if (held.Count > 0 && random.Next(2) == 0)
                {
                    var at = random.Next(held.Count);
                    var ending = held[at];
                    held.RemoveAt(at);
                    ending.TryLead(random.Next(3) switch { 0 => null, 1 => "acme", _ => "other" }, out _);
                    ending.Dispose();
                }
                else if (limits.TryAdmit(random.Next(2) == 0 ? s_one : s_two, out var admission, out _))
                {
                    held.Add(admission);
                }

                Assert.InRange(limits.Open, 0, 50);
                Assert.InRange(limits.Handshakes, 0, 40);
            }

            held.ForEach(admission => admission.Dispose());
        })));
        Assert.Equal((0, 0, 0, 0), (limits.Open, limits.Handshakes, limits.Sources, limits.Tenants));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("::c000:201", "0.0.0.0", false)]
    public void Of_WhenAddressesAreOfOneSite_IsTheSameSource(string one, string other, bool same) =>
        Assert.Equal(same, SourceKey.Of(IPAddress.Parse(one)) == SourceKey.Of(IPAddress.Parse(other)));

    private static Admission[] Admit(ConnectionLimits limits, int count) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
        {
            Assert.True(limits.TryAdmit(s_one, out var admission, out var refusal), refusal.ToString());
            return admission;
        }),
    ];

    private static Refusal Refused(ConnectionLimits limits, SourceKey source)
    {
        Assert.False(limits.TryAdmit(source, out var admission, out var refusal));
        Assert.False(admission.IsHeld);
        return refusal;
    }
}
