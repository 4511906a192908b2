using System.Security.Cryptography;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Tests.Naming;

public sealed class NamingTests
{
    private static readonly ZoneNames s_names = new("backup.example.com");

    [Theory]
    [InlineData("a", true)]
    [InlineData("acme-2", true)]
    [InlineData("abcdefghijklmnopqrstuvwx", true)]
    [InlineData("abcdefghijklmnopqrstuvwxy", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("Acme", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    [InlineData("..", false)]
    public void IsValid_WhenGivenAnId_TellsWhetherItCanBe(string? id, bool expected) => Assert.Equal(expected, Identifier.IsValid(id));

    [Theory]
    [InlineData("", "")]
    [InlineData("66", "my")]
    [InlineData("666f6f626172", "mzxw6ytboi")]
    public void Encode_WhenGivenRfc4648Vectors_MatchesThem(string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, Base32.Encode(bytes));
        var decoded = new byte[bytes.Length];
        Assert.True(Base32.TryDecode(expected, decoded));
        Assert.Equal(bytes, decoded);
    }

    [Theory]
    [InlineData("mz")] // padding bits set
    [InlineData("MY")]
    [InlineData("m1")]
    [InlineData("m")]
    public void TryDecode_WhenSpelledOtherwise_Refuses(string text) => Assert.False(Base32.TryDecode(text, new byte[1]));

    [Fact]
    public void IsAuthentic_WhenAnyCharacterChanges_IsFalse()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var label = RouteLabel.Create(key);
        Assert.Equal(RouteLabel.Length, label.Length);
        Assert.True(RouteLabel.IsAuthentic(label, key));
        Assert.False(RouteLabel.IsAuthentic(label, RandomNumberGenerator.GetBytes(32)));
        for (var i = 0; i < label.Length; i++)
        {
            var changed = label.ToCharArray();
            changed[i] = changed[i] == 'a' ? 'b' : 'a';
            Assert.False(RouteLabel.IsAuthentic(changed, key));
        }
    }

    [Theory]
    [InlineData("cc.backup.example.com", ServerNameKind.TenantApi)]
    [InlineData("gtw1.backup.example.com", ServerNameKind.TenantApi)]
    [InlineData("gtw.backup.example.com", ServerNameKind.Unknown)]
    [InlineData("gtwx.backup.example.com", ServerNameKind.Unknown)]
    [InlineData("my.backup.example.com", ServerNameKind.TenantSite)]
    [InlineData("backup.example.com", ServerNameKind.Unknown)]
    [InlineData("ccbackup.example.com", ServerNameKind.Unknown)]
    [InlineData("x.cc.backup.example.com", ServerNameKind.Unknown)]
    [InlineData("cc.backup.example.com.evil.org", ServerNameKind.Unknown)]
    [InlineData("r-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.data.backup.example.com", ServerNameKind.Route)]
    [InlineData("r-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.data.backup.example.com", ServerNameKind.Unknown)]
    [InlineData("r-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.access.backup.example.com", ServerNameKind.Unknown)]
    [InlineData("a-aaaaaaaaaaaaaaaaaaaaaaaaaa.access.backup.example.com", ServerNameKind.Access)]
    public void Classify_WhenGivenAServerName_TellsWhereItLeads(string name, ServerNameKind expected) =>
        Assert.Equal(expected, s_names.Classify(name));

    [Fact]
    public void NewAccess_WhenMade_IsAnAccessNameAndADnsName()
    {
        var name = s_names.NewAccess();
        Assert.Equal(ServerNameKind.Access, s_names.Classify(name));
        Assert.True(ZoneNames.IsDnsName(name));
        Assert.NotEqual(name, s_names.NewAccess());
    }

    [Fact]
    public void LabelOf_WhenGivenARoute_IsItsLabel()
    {
        var label = RouteLabel.Create(new byte[32]);
        Assert.Equal(label, s_names.LabelOf(s_names.Route(label)).ToString());
        Assert.True(s_names.LabelOf("cc.backup.example.com").IsEmpty);
    }

    [Theory]
    [InlineData("Example.com")]
    [InlineData("a..b")]
    [InlineData("-a.b")]
    [InlineData("a-.b")]
    [InlineData("a.b-")]
    [InlineData("a.b.")]
    [InlineData("")]
    [InlineData("a_b")]
    public void Constructor_WhenTheZoneIsNoName_Refuses(string zone) => Assert.Throws<ArgumentException>(() => new ZoneNames(zone));

    [Theory]
    [InlineData("500GiB", 500L << 30)]
    [InlineData("500GB", 500_000_000_000L)]
    [InlineData("1.5TiB", 3L << 39)]
    [InlineData("1048576", 1L << 20)]
    [InlineData("10 MiB", 10L << 20)]
    [InlineData("0", 0L)]
    public void TryParse_WhenGivenASize_IsItsBytes(string text, long expected)
    {
        Assert.True(ByteSize.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1GiB")]
    [InlineData("GiB")]
    [InlineData("9EiB")]
    [InlineData("9000PiB")]
    [InlineData("1e9")]
    [InlineData("1,5GiB")]
    [InlineData("99999999999999999999999999999999")]
    public void TryParse_WhenItIsNoSize_Refuses(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(500L << 30, "500.0 GiB")]
    public void Format_WhenGivenBytes_SaysBinaryUnits(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));

    [Theory]
    [InlineData("0.1", true)]
    [InlineData("0.0", true)]
    [InlineData("0.2", true)]
    [InlineData("0.3", false)]
    [InlineData("1.1", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("0", false)]
    [InlineData("0.1.0", false)]
    [InlineData("0.-1", false)]
    public void IsCompatible_WhenOneMinorApart_IsTrue(string? version, bool expected) =>
        Assert.Equal(expected, ProtocolVersion.IsCompatible(version));
}
