using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Tests.Enrolment;

public sealed class AuthorityTrustTests
{
    private static readonly CertificateIdentity s_repository = new(CertificateRole.Repository, "repo1");
    private readonly TestAuthority _authority = new();

    [Fact]
    public void Check_WhenAllIsRight_IsOk() =>
        Assert.Equal(PeerCheck.Ok, Check(_authority.Issue(s_repository, "*.data.example.com"), CertificateRole.Repository, "repo1", "r-x.data.example.com"));

    [Fact]
    public void Check_WhenThereIsNone_SaysSo() =>
        Assert.Equal(PeerCheck.NoCertificate, Check(null, CertificateRole.Repository));

    [Fact]
    public void Check_WhenOfAnotherAuthority_IsUntrusted() =>
        Assert.Equal(PeerCheck.Untrusted, Check(new TestAuthority().Issue(s_repository), CertificateRole.Repository));

    [Theory]
    [InlineData(-10, -5, PeerCheck.Expired)]
    [InlineData(5, 10, PeerCheck.NotYetValid)]
    public void Check_WhenOutOfTime_SaysWhichWay(int from, int to, PeerCheck expected)
    {
        var leaf = _authority.Issue(
            ECDsa.Create(), [s_repository.ToUrn()], [], DateTimeOffset.UtcNow.AddDays(from), DateTimeOffset.UtcNow.AddDays(to));
        Assert.Equal(expected, Check(leaf, CertificateRole.Repository));
    }

    [Fact]
    public void Check_WhenOfAnotherRoleIdOrName_SaysWhich()
    {
        var leaf = _authority.Issue(s_repository, "*.data.example.com");
        Assert.Equal(PeerCheck.WrongRole, Check(leaf, CertificateRole.Silo));
        Assert.Equal(PeerCheck.WrongId, Check(leaf, CertificateRole.Repository, "repo2"));
        Assert.Equal(PeerCheck.WrongName, Check(leaf, CertificateRole.Repository, "repo1", "cc.example.com"));
        Assert.Equal(PeerCheck.WrongName, Check(leaf, CertificateRole.Repository, "repo1", "a.b.data.example.com"));
    }

    [Theory]
    [InlineData("urn:headgate:connector:acme/host1", true)]
    [InlineData("urn:headgate:connector:acme", false)]
    [InlineData("urn:headgate:connector:acme/host1/x", false)]
    [InlineData("urn:headgate:repository:repo1", true)]
    [InlineData("urn:headgate:repository:../x", false)]
    [InlineData("urn:headgate:root:x", false)]
    [InlineData("urn:other:repository:x", false)]
    public void Of_WhenACertificateCarriesAUrn_ReadsItStrictly(string urn, bool valid)
    {
        var leaf = _authority.Issue(ECDsa.Create(), [urn, "https://example.com/"], ["repo9.example.com"]);
        Assert.Equal(valid ? urn : null, CertificateIdentity.Of(leaf)?.ToUrn());
    }

    [Fact]
    public void Of_WhenACertificateNamesTwo_IsNobody()
    {
        var leaf = _authority.Issue(ECDsa.Create(), ["urn:headgate:gateway:gtw1", "urn:headgate:gateway:gtw2"], []);
        Assert.Null(CertificateIdentity.Of(leaf));
    }

    [Fact]
    public void TryLoad_WhenItWasSaved_IsTheSameAndForItsOwnerAlone()
    {
        using var folder = new TemporaryFolder();
        Assert.False(ProgramIdentity.TryLoad(folder.Path, out _));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = _authority.Issue(key, ["urn:headgate:gateway:gtw1"], []);
        var pem = leaf.ExportCertificatePem() + "\n" + _authority.Issuing.ExportCertificatePem();
        using var identity = new ProgramIdentity(
            key.ExportPkcs8PrivateKeyPem(), pem, _authority.Root.ExportCertificatePem(), "example.com", "10.0.0.5", 6181);
        identity.Save(folder.Path);

        Assert.True(ProgramIdentity.TryLoad(folder.Path, out var loaded));
        Assert.Equal(new CertificateIdentity(CertificateRole.Gateway, "gtw1"), loaded.Identity);
        Assert.Equal(("example.com", "10.0.0.5", 6181), (loaded.Zone, loaded.Host, loaded.Port));
        Assert.True(loaded.Certificate.HasPrivateKey);
        Assert.Single(loaded.Intermediates);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "key.pem")));
        }
    }

    private PeerCheck Check(X509Certificate2? leaf, CertificateRole role, string? id = null, string? name = null) =>
        AuthorityTrust.Check(leaf, [_authority.Issuing], _authority.Root, role, id, name, TimeProvider.System);
}
