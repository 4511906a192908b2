using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Tests.Enrolment;

public sealed class EnrolmentCodeTests
{
    private const string Secret = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Fingerprint = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Theory]
    [InlineData("cc.backup.example.com")]
    [InlineData("10.0.0.5")]
    [InlineData("2001:db8::5")]
    public void TryParse_WhenItWasWritten_IsTheSame(string host)
    {
        var code = new EnrolmentCode(CertificateRole.Connector, "acme", Secret, host, 6180, Fingerprint);
        Assert.True(EnrolmentCode.TryParse($"  {code.Format()}\n", out var read));
        Assert.Equal(code, read);
    }

    [Fact]
    public void TryParse_WhenItIsAFleetTokens_SaysSoAndIsForAGateway()
    {
        var code = new EnrolmentCode(CertificateRole.Gateway, "summer", Secret, "10.0.0.5", 6181, Fingerprint) { IsFleet = true };
        Assert.Equal($"hg1:fleet:summer:{Secret}@10.0.0.5:6181#{Fingerprint}", code.Format());
        Assert.True(EnrolmentCode.TryParse(code.Format(), out var read));
        Assert.Equal(code, read);
        Assert.Equal((true, CertificateRole.Gateway, "fleet"), (read.IsFleet, read.Role, read.RoleWord));
        Assert.True(EnrolmentCode.TryParse(code.Format().Replace("fleet", "gateway", StringComparison.Ordinal), out var single));
        Assert.Equal((false, "gateway"), (single.IsFleet, single.RoleWord));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hg1:")]
    [InlineData($"hg2:connector:acme:{Secret}@cc.example.com:6180#{Fingerprint}")]
    [InlineData($"hg1:silo:acme:{Secret}@cc.example.com:6180#{Fingerprint}")]
    [InlineData($"hg1:connector:Acme:{Secret}@cc.example.com:6180#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}a@cc.example.com:6180#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com:0#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com:06180#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com:65536#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com:99999999999#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@[10.0.0.5]:6180#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@CC.example.com:6180#{Fingerprint}")]
    [InlineData($"hg1:connector:acme:{Secret}@cc.example.com:6180#{Fingerprint}a")]
    [InlineData($"hg1:connector:acme:{Secret}#cc.example.com:6180@{Fingerprint}")]
    public void TryParse_WhenItCannotBe_Refuses(string text) => Assert.False(EnrolmentCode.TryParse(text, out _));

    [Fact]
    public void TryParse_WhenFuzzed_NeverThrows()
    {
        var random = new Random(7);
        var whole = new EnrolmentCode(CertificateRole.Gateway, "gtw1", Secret, "2001:db8::5", 6181, Fingerprint).Format();
        for (var i = 0; i < 10_000; i++)
        {
            var text = whole.ToCharArray();
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                text[random.Next(text.Length)] = (char)random.Next(1, 128);
            }

            var changed = new string(text, 0, random.Next(text.Length + 1));
            if (EnrolmentCode.TryParse(changed, out var code))
            {
                Assert.Equal(changed.Trim(), code.Format());
            }
        }
    }
}
