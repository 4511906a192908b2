using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Testing;

namespace Headgate.Protocol.Tests.Enrolment;

/// <summary>An identity on disk through renewals that a process did not survive, and through an authority that is rolled over.</summary>
public sealed class IdentitySaveTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _next = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
        _next.Dispose();
    }

    [Fact]
    public void Save_WhenTheProcessDiesAfterAnyStep_LeavesTheOneBeforeOrThisOneWhole()
    {
        using var before = Gateway();
        using var after = Gateway();
        var steps = after.SaveSteps(_folder.Path).Count();
        Assert.True(steps >= 9);
        for (var survived = 0; survived <= steps; survived++)
        {
            before.Save(_folder.Path);
            foreach (var step in after.SaveSteps(_folder.Path).Take(survived))
            {
                step();
            }

            Assert.True(ProgramIdentity.TryLoad(_folder.Path, out var loaded));
            using (loaded)
            {
                Assert.True(IsSame(loaded, before) || IsSame(loaded, after), $"after {survived} steps");
                Assert.True(loaded.Certificate.HasPrivateKey);
                using var key = loaded.Certificate.GetECDsaPrivateKey()!;
                using var published = loaded.Certificate.GetECDsaPublicKey()!;
                Assert.True(published.VerifyData("x"u8, key.SignData("x"u8, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
                Assert.True(survived < steps || IsSame(loaded, after));
            }

            // And the next renewal is not disturbed by what was left lying about.
            using var again = Gateway();
            again.Save(_folder.Path);
            Assert.True(ProgramIdentity.TryLoad(_folder.Path, out var last) && IsSame(last, again));
            last.Dispose();
        }
    }

    [Fact]
    public async Task TryLoad_WhileAnotherProcessRenews_LoadsTheOneBeforeOrThisOne()
    {
        using var one = Gateway();
        using var other = Gateway();
        one.Save(_folder.Path);
        using var over = new CancellationTokenSource();
        var renewing = Task.Run(() =>
        {
            for (var next = other; !over.IsCancellationRequested; next = next == one ? other : one)
            {
                next.Save(_folder.Path);
            }
        });
        try
        {
            for (var i = 0; i < 300; i++)
            {
                Assert.True(ProgramIdentity.TryLoad(_folder.Path, out var loaded));
                using (loaded)
                {
                    Assert.True(IsSame(loaded, one) || IsSame(loaded, other));
                }
            }
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }
    }

    [Fact]
    public void Save_WithSeveralRoots_KeepsThemAllAndItsOwnFirst()
    {
        using var identity = Gateway().Trusting(_next.Root.ExportCertificatePem() + "\n" + _authority.Root.ExportCertificatePem());
        identity.Save(_folder.Path);
        Assert.True(ProgramIdentity.TryLoad(_folder.Path, out var loaded));
        Assert.Equal([_authority.Fingerprint, _next.Fingerprint], loaded.Trusts);
        loaded.Dispose();
    }

    [Fact]
    public void Trusting_RootsOfWhichNoneIsKnown_IsRefused()
    {
        using var identity = Gateway();
        Assert.Throws<CryptographicException>(() => identity.Trusting(_next.Root.ExportCertificatePem()));
    }

    [Fact]
    public void NeedOf_ThroughARollOver_IsToFetchThenToRenewThenToFetch()
    {
        var (old, young) = (_authority.Fingerprint, _next.Fingerprint);
        using var identity = Gateway();
        Assert.Equal(AuthorityNeed.None, AuthorityNews.NeedOf(identity, [old]));
        Assert.Equal(AuthorityNeed.None, AuthorityNews.NeedOf(identity, []));
        Assert.Equal(AuthorityNeed.Fetch, AuthorityNews.NeedOf(identity, [old, young]));
        using var both = identity.Trusting(_authority.Root.ExportCertificatePem() + "\n" + _next.Root.ExportCertificatePem());
        Assert.Equal(AuthorityNeed.None, AuthorityNews.NeedOf(both, [old, young]));
        Assert.Equal(AuthorityNeed.Renew, AuthorityNews.NeedOf(both, [young, old]));
        Assert.Equal(AuthorityNeed.Renew, AuthorityNews.NeedOf(both, [young]));
        using var renewed = _next.Issue(CertificateRole.Gateway, "gtw1").Trusting(_authority.Root.ExportCertificatePem() + "\n" + _next.Root.ExportCertificatePem());
        Assert.Equal(AuthorityNeed.None, AuthorityNews.NeedOf(renewed, [young, old]));
        Assert.Equal(AuthorityNeed.Fetch, AuthorityNews.NeedOf(renewed, [young]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Parse_OfWhatIsNoList_IsEmpty(string text) => Assert.Empty(AuthorityNews.Parse(text));

    private ProgramIdentity Gateway() => _authority.Issue(CertificateRole.Gateway, "gtw1");

    private static bool IsSame(ProgramIdentity one, ProgramIdentity other) => one.Certificate.RawDataMemory.Span.SequenceEqual(other.Certificate.RawDataMemory.Span);
}
