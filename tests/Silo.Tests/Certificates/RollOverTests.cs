using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>The authority rolled over: each step, steps that a process did not survive, and roots that are kept elsewhere.</summary>
public sealed class RollOverTests : IDisposable
{
    private readonly AuthorityWorld _world = new();

    private string NextPath => _world.PathOf("authority", "root-next.pem");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task ThreeSteps_OneAfterTheOther_LeaveAnotherRootAndNoLeafWithoutOne()
    {
        var authority = await _world.OpenAsync();
        using var old = Leaf(authority);
        var (first, issuing) = (authority.Root, authority.Issuing);

        var next = await authority.NextAsync("test", CancellationToken.None);
        Assert.Equal([RootState.Present, RootState.Next], authority.Trusted.Select(root => root.State));
        Assert.Equal([first.RawData, next.Certificate.RawData], AuthorityTrust.ReadPem(authority.RootPem).Select(root => root.RawData));
        Assert.Equal(AuthorityNews.Format([AuthorityTrust.Fingerprint(first), next.Fingerprint]), authority.Announced);
        Assert.Equal(issuing.RawData, authority.Issuing.RawData);
        Assert.Equal(AuthorityTrust.Fingerprint(first), authority.Fingerprint);

        await authority.SwitchAsync("test", CancellationToken.None);
        using var young = Leaf(authority);
        Assert.Equal([RootState.Present, RootState.Former], authority.Trusted.Select(root => root.State));
        Assert.Equal(next.Fingerprint, authority.Fingerprint);
        Assert.Equal((PeerCheck.Ok, PeerCheck.Ok), (Check(authority, old), Check(authority, young)));
        Assert.Equal(PeerCheck.Untrusted, AuthorityTrust.Check(young, [.. authority.Issuers], first, CertificateRole.Gateway, null, null, TimeProvider.System));
        Assert.Equal(issuing.RawData, authority.IssuerOf(old).RawData);
        Assert.Equal(authority.Issuing.RawData, authority.IssuerOf(young).RawData);

        await authority.RetireAsync("test", CancellationToken.None);
        Assert.Equal([RootState.Present], authority.Trusted.Select(root => root.State));
        Assert.Equal((PeerCheck.Untrusted, PeerCheck.Ok), (Check(authority, old), Check(authority, young)));

        var restarted = await _world.OpenAsync();
        Assert.Equal([next.Fingerprint], restarted.Trusted.Select(root => root.Fingerprint));
        Assert.Equal(authority.Issuing.RawData, restarted.Issuing.RawData);
    }

    [Fact]
    public async Task Switch_WithBothFilesAtHand_LetsTheirNamesFollow()
    {
        var authority = await _world.OpenAsync();
        var (first, firstFile) = (authority.Root, await File.ReadAllTextAsync(_world.RootPath));
        await authority.NextAsync("test", CancellationToken.None);
        var nextFile = await File.ReadAllTextAsync(NextPath);

        await authority.SwitchAsync("test", CancellationToken.None);

        Assert.Equal(nextFile, await File.ReadAllTextAsync(_world.RootPath));
        Assert.Equal(firstFile, await File.ReadAllTextAsync(_world.PathOf("authority", RootShelf.FormerName(first))));
        Assert.False(File.Exists(NextPath));
    }

    [Fact]
    public async Task Steps_Repeated_DoNothingMore()
    {
        var authority = await _world.OpenAsync();
        var next = await authority.NextAsync("test", CancellationToken.None);
        Assert.Equal(next.Fingerprint, (await authority.NextAsync("test", CancellationToken.None)).Fingerprint);
        await authority.SwitchAsync("test", CancellationToken.None);
        var issuing = authority.Issuing;
        await authority.SwitchAsync("test", CancellationToken.None);
        Assert.Equal(issuing.RawData, authority.Issuing.RawData);
        Assert.Contains("retire", (await Assert.ThrowsAsync<AuthorityException>(() => authority.NextAsync("test", CancellationToken.None))).Message, StringComparison.Ordinal);
        await authority.RetireAsync("test", CancellationToken.None);
        await authority.RetireAsync("test", CancellationToken.None);
        Assert.Equal([next.Fingerprint], authority.Trusted.Select(root => root.Fingerprint));
        Assert.Contains("authority next", (await Assert.ThrowsAsync<AuthorityException>(() => authority.SwitchAsync("test", CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add root-certificate/2")]
    [InlineData("replace issuing-certificate")]
    [InlineData("remove root-certificate")]
    public async Task Step_WhenTheProcessDiesAfterItsWrite_GoesOnWithTheSameStep(string write)
    {
        var dying = await _world.OpenAsync();
        var first = dying.Fingerprint;
        _world.Store.Written = done =>
        {
            if (done == write)
            {
                throw new InvalidOperationException("killed");
            }
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => AllAsync(dying));
        _world.Store.Written = static _ => { };

        var restarted = await _world.OpenAsync();
        using var meanwhile = Leaf(restarted);
        Assert.Equal(PeerCheck.Ok, Check(restarted, meanwhile));
        if (write.StartsWith("add", StringComparison.Ordinal))
        {
            await restarted.NextAsync("test", CancellationToken.None);
        }

        if (!write.StartsWith("remove", StringComparison.Ordinal))
        {
            await restarted.SwitchAsync("test", CancellationToken.None);
        }

        await restarted.RetireAsync("test", CancellationToken.None);
        Assert.NotEqual(first, Assert.Single(restarted.Trusted).Fingerprint);
        Assert.Equal(_world.Store.Rows.Keys.Where(RootShelf.IsRoot), ["root-certificate/2"]);
        Assert.True(File.Exists(_world.RootPath));
        Assert.False(File.Exists(NextPath));
    }

    [Fact]
    public async Task Next_WhenTheProcessDiedBetweenFileAndDatabase_TakesTheFileUp()
    {
        var authority = await _world.OpenAsync();
        using var left = new RootFile(_world.Folder, OperatorSecret.Load(_world.Folder, null), RootFile.Next).Create(AuthorityWorld.Zone, DateTimeOffset.UtcNow);

        var restarted = await _world.OpenAsync();
        Assert.Single(restarted.Trusted);
        Assert.Equal(left.RawData, (await restarted.NextAsync("test", CancellationToken.None)).Certificate.RawData);
    }

    [Fact]
    public async Task Switch_WhenTheProcessDiedBetweenTheRenames_PutsTheFilesInOrder()
    {
        var authority = await _world.OpenAsync();
        var first = authority.Root;
        await authority.NextAsync("test", CancellationToken.None);
        await authority.SwitchAsync("test", CancellationToken.None);
        File.Move(_world.RootPath, NextPath);

        var restarted = await _world.OpenAsync();
        await restarted.SwitchAsync("test", CancellationToken.None);

        Assert.False(File.Exists(NextPath));
        Assert.Equal(restarted.Root.RawData, new RootFile(_world.Folder, OperatorSecret.Load(_world.Folder, null)).Look()!.RawData);
        Assert.True(File.Exists(_world.PathOf("authority", RootShelf.FormerName(first))));
    }

    [Fact]
    public async Task Steps_WithTheRootsKeptElsewhere_SayWhatToPutWhere()
    {
        var authority = await _world.OpenAsync();
        File.Delete(_world.RootPath);
        await authority.NextAsync("test", CancellationToken.None);
        var kept = _world.PathOf("elsewhere.pem");
        File.Move(NextPath, kept);

        var refused = await Assert.ThrowsAsync<AuthorityException>(() => authority.SwitchAsync("test", CancellationToken.None));
        Assert.Contains(NextPath, refused.Message, StringComparison.Ordinal);
        Assert.Equal([RootState.Present, RootState.Next], authority.Trusted.Select(root => root.State));

        File.Move(kept, NextPath);
        await authority.SwitchAsync("test", CancellationToken.None);
        File.Delete(_world.RootPath);
        await authority.RetireAsync("test", CancellationToken.None);
        using var leaf = Leaf(await _world.OpenAsync());
        Assert.Equal(PeerCheck.Ok, Check(authority, leaf));
    }

    [Fact]
    public async Task Switch_AfterYears_RenewsTheIssuingCertificateUnderTheNewRoot()
    {
        var time = new ShiftedTimeProvider();
        var authority = await _world.OpenAsync(time);
        await AllAsync(authority);
        var root = authority.Root;
        time.Advance(TimeSpan.FromDays(700));
        await authority.OpenAsync(CancellationToken.None);
        using var leaf = Leaf(authority);
        Assert.Equal(PeerCheck.Ok, AuthorityTrust.Check(leaf, [authority.Issuing], root, CertificateRole.Gateway, null, null, time));
        Assert.Equal(time.GetUtcNow().AddDays(90).Date, leaf.NotAfter.ToUniversalTime().Date);
    }

    private static async Task AllAsync(Authority authority)
    {
        await authority.NextAsync("test", CancellationToken.None);
        await authority.SwitchAsync("test", CancellationToken.None);
        await authority.RetireAsync("test", CancellationToken.None);
    }

    private static X509Certificate2 Leaf(Authority authority) =>
        AuthorityWorld.Load(authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), AuthorityWorld.NewPublicKey()));

    private static PeerCheck Check(Authority authority, X509Certificate2 leaf) =>
        AuthorityTrust.Check(leaf, [.. authority.Issuers], authority.Roots, CertificateRole.Gateway, null, null, TimeProvider.System);
}
