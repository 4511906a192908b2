using System.Net;
using Headgate.Gateway.Limits;

namespace Headgate.Gateway.Tests.Limits;

public sealed class SourceNetworksTests
{
    [Theory]
    [InlineData("203.0.113.0", true)]
    [InlineData("203.0.113.255", true)]
    [InlineData("203.0.114.0", false)]
    [InlineData("203.0.112.255", false)]
    [InlineData("::ffff:203.0.113.9", true)]
    [InlineData("198.51.100.7", true)]
    [InlineData("198.51.100.6", false)]
    [InlineData("10.0.0.0", true)]
    [InlineData("10.255.255.255", true)]
    [InlineData("11.0.0.0", false)]
    [InlineData("2001:db8:1:ffff::9", true)]
    [InlineData("2001:db8:2::", false)]
    [InlineData("2001:db8:0:ffff::", false)]
    [InlineData("::203.0.113.9", false)]
    public void Contains_WhenNetworksOverlapAndMix_KnowsWhoBelongs(string address, bool belongs)
    {
        var networks = SourceNetworks.Of(["203.0.113.0/24", "198.51.100.7", "10.0.0.0/9", "10.0.0.0/8", "10.1.0.0/16", "203.0.113.128/25", "2001:db8:1::/48", "2001:db8:1:8000::/64"]);
        Assert.Equal(belongs, networks.Contains(SourceKey.Of(IPAddress.Parse(address))));
    }

    [Theory]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "ffff:ffff:ffff:ffff::1", true)]
    [InlineData("::/0", "1.1.1.1", false)]
    [InlineData("255.255.255.255/32", "255.255.255.255", true)]
    [InlineData("2001:db8::/64", "2001:db8::1", true)]
    public void Contains_AtTheEnds_Holds(string network, string address, bool belongs) =>
        Assert.Equal(belongs, SourceNetworks.Of([network]).Contains(SourceKey.Of(IPAddress.Parse(address))));

    [Theory]
    [InlineData("", "is not a network")]
    [InlineData("/", "is not a network")]
    [InlineData("/8", "is not a network")]
    [InlineData("10/8", "is not a network")]
    [InlineData("10.0.0/8", "is not a network")]
    [InlineData("010.0.0.0/8", "is not a network")]
    [InlineData("0x0a.0.0.0/8", "is not a network")]
    [InlineData("10.0.0.256/32", "is not a network")]
    [InlineData(" 10.0.0.0/8", "is not a network")]
    [InlineData("[2001:db8::]/32", "is not a network")]
    [InlineData("fe80::%1/64", "is not a network")]
    [InlineData("::ffff:10.0.0.0/104", "is not a network")]
    [InlineData("10.0.0.0/", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/-1", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/ 8", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/8/8", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/33", "has no prefix length of 0 to 32")]
    [InlineData("10.0.0.0/255.0.0.0", "has no prefix length of 0 to 32")]
    [InlineData("2001:db8::/129", "has no prefix length of 0 to 64")]
    [InlineData("2001:db8::/96", "is smaller than a /64")]
    [InlineData("2001:db8::1", "give its network, as 2001:db8::/64")]
    [InlineData("2001:db8::1/64", "the network is 2001:db8::/64")]
    [InlineData("10.0.0.1/8", "the network is 10.0.0.0/8")]
    public void Of_WhenATextIsNoNetwork_SaysWhatToWrite(string text, string says)
    {
        Assert.Contains(says, SourceNetworks.FaultOf(text), StringComparison.Ordinal);
        Assert.Contains(says, Assert.Throws<FormatException>(() => SourceNetworks.Of([text])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contains_AgainstALookAtEachNetwork_IsTheSame()
    {
        var random = new Random(5);
        var texts = Enumerable.Range(0, 200).Select(_ =>
        {
            var length = random.Next(4, 33);
            var bits = (uint)random.NextInt64(1L << 32) & (uint)(0xFFFFFFFFUL << (32 - length));
            return (Bits: bits, Length: length, Text: $"{bits >> 24}.{(bits >> 16) & 255}.{(bits >> 8) & 255}.{bits & 255}/{length}");
        }).ToArray();
        var networks = SourceNetworks.Of(texts.Select(network => network.Text));
        for (var i = 0; i < 20_000; i++)
        {
            var bits = (uint)random.NextInt64(1L << 32);
            var expected = texts.Any(network => (bits & (uint)(0xFFFFFFFFUL << (32 - network.Length))) == network.Bits);
            Assert.Equal(expected, networks.Contains(new SourceKey(false, bits)));
        }
    }
}
