using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>What leaves carry, by openssl's word and by the framework's.</summary>
public sealed class LeafTests : IDisposable
{
    private readonly AuthorityWorld _world = new();

    public static TheoryData<string, bool, bool> Purposes => new()
    {
        { "Silo", true, false },
        { "Gateway", false, true },
        { "Repository", true, true },
        { "Connector", false, true },
    };

    public void Dispose() => _world.Dispose();

    [Theory]
    [MemberData(nameof(Purposes))]
    public async Task Issue_ForEachRole_PassesOpenSslForItsPurposesOnly(string roleName, bool isServer, bool isClient)
    {
        var authority = await _world.OpenAsync();
        using var leaf = AuthorityWorld.Load(authority.Issue(AuthorityWorld.IdentityOf(Enum.Parse<CertificateRole>(roleName)), AuthorityWorld.NewPublicKey()));
        var root = _world.Save("root.crt", authority.Root);
        var issuing = _world.Save("issuing.crt", authority.Issuing);
        var path = _world.Save("leaf.crt", leaf);

        var asServer = await AuthorityWorld.OpenSslAsync("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, "-untrusted", issuing, path);
        var asClient = await AuthorityWorld.OpenSslAsync("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", root, "-untrusted", issuing, path);
        var withoutIssuing = await AuthorityWorld.OpenSslAsync("verify", "-CAfile", root, path);

        Assert.True(asServer.ExitCode == 0 == isServer, asServer.Output);
        Assert.True(asClient.ExitCode == 0 == isClient, asClient.Output);
        Assert.NotEqual(0, withoutIssuing.ExitCode);
    }

    [Theory]
    [InlineData("Silo", "URI:urn:headgate:silo:x1, DNS:edge.demo.test, DNS:cc.demo.test, DNS:*.demo.test")]
    [InlineData("Gateway", "URI:urn:headgate:gateway:x1")]
    [InlineData("Repository", "URI:urn:headgate:repository:x1, DNS:*.data.demo.test, DNS:*.access.demo.test")]
    [InlineData("Connector", "URI:urn:headgate:connector:acme/desk-1")]
    public async Task Issue_ForEachRole_WritesItsNames(string roleName, string names)
    {
        var authority = await _world.OpenAsync();
        using var leaf = AuthorityWorld.Load(authority.Issue(AuthorityWorld.IdentityOf(Enum.Parse<CertificateRole>(roleName)), AuthorityWorld.NewPublicKey()));

        var (_, text) = await AuthorityWorld.OpenSslAsync("x509", "-noout", "-text", "-in", _world.Save("leaf.crt", leaf));

        var lines = text.Split('\n').Select(line => line.Trim()).ToList();
        Assert.Equal(names, lines[lines.FindIndex(line => line.StartsWith("X509v3 Subject Alternative Name", StringComparison.Ordinal)) + 1]);
        Assert.Equal("Digital Signature", lines[lines.IndexOf("X509v3 Key Usage: critical") + 1]);
        Assert.Equal("CA:FALSE", lines[lines.IndexOf("X509v3 Basic Constraints: critical") + 1]);
        Assert.Contains("X509v3 Authority Key Identifier:", lines);
        Assert.Equal(AuthorityWorld.IdentityOf(Enum.Parse<CertificateRole>(roleName)), CertificateIdentity.Of(leaf));
    }

    [Fact]
    public async Task Issue_WritesNinetyDaysFromOneHourAgo()
    {
        var time = new ManualClock();
        var authority = await _world.OpenAsync(time);

        var issued = authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), AuthorityWorld.NewPublicKey());

        using var leaf = AuthorityWorld.Load(issued);
        Assert.Equal(time.GetUtcNow().UtcDateTime.AddHours(-1), leaf.NotBefore.ToUniversalTime());
        Assert.Equal(time.GetUtcNow().UtcDateTime.AddDays(90), leaf.NotAfter.ToUniversalTime());
        Assert.Equal(leaf.SerialNumber, issued.Serial);
        Assert.Equal(leaf.NotAfter.ToUniversalTime(), issued.NotAfter.UtcDateTime);
        Assert.Equal("urn:headgate:gateway:x1", issued.Identity);
    }

    [Fact]
    public async Task Issue_Often_GivesSerialsThatArePositiveAndNeverTheSame()
    {
        var authority = await _world.OpenAsync();
        var key = AuthorityWorld.NewPublicKey();

        var serials = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 300, _ => serials.Add(authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), key).Serial));

        Assert.Equal(300, serials.Distinct().Count());
        Assert.All(serials, serial =>
        {
            Assert.Equal(32, serial.Length);
            Assert.InRange(Convert.FromHexString(serial)[0], 0x40, 0x7F);
        });
    }

    [Fact]
    public async Task Issue_ForRequestThatAsksForMore_TakesItsKeyOnly()
    {
        var authority = await _world.OpenAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=silo s1,O=Evil", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("urn:headgate:silo:s1"));
        names.AddDnsName("cc.demo.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], true));

        var publicKey = PublicKeys.OfRequest(request.CreateSigningRequestPem(), out var error);
        using var leaf = AuthorityWorld.Load(authority.Issue(new CertificateIdentity(CertificateRole.Connector, "acme/desk-1"), publicKey));

        Assert.Null(error);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal("CN=connector acme/desk-1", leaf.Subject);
        Assert.Equal(new CertificateIdentity(CertificateRole.Connector, "acme/desk-1"), CertificateIdentity.Of(leaf));
        Assert.False(leaf.MatchesHostname("cc.demo.test"));
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        var usage = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages;
        Assert.Equal("1.3.6.1.5.5.7.3.2", Assert.Single(usage.Cast<Oid>()).Value);
    }

    [Fact]
    public async Task Issue_ForEachKindOfKeyThatIsTaken_VerifiesWithOpenSsl()
    {
        var authority = await _world.OpenAsync();
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        foreach (var key in new[] { p384.ExportSubjectPublicKeyInfo(), rsa.ExportSubjectPublicKeyInfo() })
        {
            using var leaf = AuthorityWorld.Load(authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), key));
            var (exitCode, output) = await AuthorityWorld.OpenSslAsync(
                "verify", "-CAfile", _world.Save("root.crt", authority.Root), "-untrusted", _world.Save("issuing.crt", authority.Issuing), _world.Save("leaf.crt", leaf));
            Assert.True(exitCode == 0, output);
        }
    }

    [Fact]
    public async Task Issue_ForKeyThatIsNotTaken_IsRefusedWithWhatIs()
    {
        var authority = await _world.OpenAsync();
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var weak = RSA.Create(1024);
        byte[][] keys = [p521.ExportSubjectPublicKeyInfo(), weak.ExportSubjectPublicKeyInfo(), [1, 2, 3], [], [.. AuthorityWorld.NewPublicKey(), 0]];
        foreach (var key in keys)
        {
            var refusal = Assert.Throws<RefusedException>(() => authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), key));
            Assert.Equal(RefusalReason.Invalid, refusal.Reason);
            Assert.Contains(PublicKeys.Allowed, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void OfRequest_WhenSignatureIsNotTheKeysOwn_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stolen = Splice(der, new CertificateRequest("CN=x", other, HashAlgorithmName.SHA256).CreateSigningRequest());

        Assert.NotNull(PublicKeys.OfRequest(PemEncoding.WriteString("CERTIFICATE REQUEST", der), out _));
        Assert.Null(PublicKeys.OfRequest(PemEncoding.WriteString("CERTIFICATE REQUEST", stolen), out var error));
        Assert.Contains("that its own key has signed", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not a request")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----")]
    public void OfRequest_WhenItIsNone_IsRefused(string? pem)
    {
        Assert.Null(PublicKeys.OfRequest(pem, out var error));
        Assert.NotNull(error);
        Assert.Null(PublicKeys.OfRequest(new string('x', 20_000), out error));
        Assert.Contains("16384", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SiloCertificate_InTls_IsTakenByAClientThatTrustsTheRoot()
    {
        var authority = await _world.OpenAsync();
        var own = new SiloCertificate(authority, TimeProvider.System, NullLogger<SiloCertificate>.Instance);
        own.Renew();
        var (clientEnd, serverEnd) = await SocketPair.CreateAsync();
        await using var server = new SslStream(serverEnd);
        await using var client = new SslStream(clientEnd);
        var checks = new List<PeerCheck>();

        var serving = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = own.Context, EnabledSslProtocols = SslProtocols.Tls13 });
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "cc.demo.test",
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                foreach (var name in new[] { "cc.demo.test", "edge.demo.test", "gtw7.demo.test", "a.data.demo.test", "demo.test" })
                {
                    checks.Add(AuthorityTrust.Check(certificate, chain!.ChainPolicy.ExtraStore, authority.Root, CertificateRole.Silo, null, name, TimeProvider.System));
                }

                return true;
            },
        });
        await serving;

        Assert.Equal([PeerCheck.Ok, PeerCheck.Ok, PeerCheck.Ok, PeerCheck.WrongName, PeerCheck.WrongName], checks);
        Assert.Equal(AuthorityTrust.Fingerprint(authority.Root), authority.Fingerprint);
    }

    [Fact]
    public async Task SiloCertificate_AtTwoThirdsOfItsLife_IsRenewedAndNotBefore()
    {
        var time = new ManualClock();
        var authority = await _world.OpenAsync(time);
        var own = new SiloCertificate(authority, time, NullLogger<SiloCertificate>.Instance);
        own.Renew();
        var first = own.Certificate.SerialNumber;

        time.Advance(TimeSpan.FromDays(59));
        own.Renew();
        Assert.Equal(first, own.Certificate.SerialNumber);

        time.Advance(TimeSpan.FromDays(1.1));
        own.Renew();
        Assert.NotEqual(first, own.Certificate.SerialNumber);
        Assert.True(own.Certificate.HasPrivateKey);
    }

    [Theory]
    [InlineData("srv-1.Example.COM", "srv-1-example-com")]
    [InlineData("---", "silo")]
    [InlineData("", "silo")]
    [InlineData("a-host-name-that-goes-on-and-on", "a-host-name-that-goes-on")]
    public void IdOf_HostName_IsAnId(string host, string id)
    {
        Assert.Equal(id, SiloCertificate.IdOf(host));
        Assert.True(Identifier.IsValid(id));
    }

    // The signed part of one request with the signature of another.
    private static byte[] Splice(byte[] request, byte[] signedBy)
    {
        var parts = new AsnReader(request, AsnEncodingRules.DER).ReadSequence();
        var others = new AsnReader(signedBy, AsnEncodingRules.DER).ReadSequence();
        others.ReadEncodedValue();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(parts.ReadEncodedValue().Span);
            writer.WriteEncodedValue(others.ReadEncodedValue().Span);
            writer.WriteEncodedValue(others.ReadEncodedValue().Span);
        }

        return writer.Encode();
    }
}
