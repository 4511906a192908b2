using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>The authority through starts, lost and wrong secrets, an absent root, and years.</summary>
public sealed class AuthorityTests : IDisposable
{
    private readonly AuthorityWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task OpenAsync_Again_FindsTheSameRootAndKeys()
    {
        var first = await _world.OpenAsync();
        var second = await _world.OpenAsync();

        Assert.Equal(first.Root.RawData, second.Root.RawData);
        Assert.Equal(first.Issuing.RawData, second.Issuing.RawData);
        Assert.Equal(first.LabelKey.ToArray(), second.LabelKey.ToArray());
        Assert.Equal(first.ProxyKey(new("gtw1", 1), new("repo1", 1)), second.ProxyKey(new("gtw1", 1), new("repo1", 1)));
        Assert.True(RouteLabel.IsAuthentic(RouteLabel.Create(first.LabelKey.Span), second.LabelKey.Span));
    }

    [Fact]
    public async Task OpenAsync_FirstStart_WritesFilesForTheOwnerOnlyAndNoPlaintextInTheDatabase()
    {
        var authority = await _world.OpenAsync();

        if (!OperatingSystem.IsWindows())
        {
            var ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(ownerOnly, File.GetUnixFileMode(_world.RootPath));
            Assert.Equal(ownerOnly, File.GetUnixFileMode(_world.PathOf(OperatorSecret.FileName)));
        }

        var rows = _world.Store.Rows;
        Assert.Equal(["issuing-certificate", "label-key", "proxy-key", "root-certificate"], rows.Keys.Order());
        Assert.Equal(-1, rows["label-key"].AsSpan().IndexOf(authority.LabelKey.Span));
        Assert.Equal(-1, rows["issuing-certificate"].AsSpan().IndexOf("PRIVATE KEY"u8));
    }

    [Fact]
    public async Task RootFile_WithTheOperatorSecret_IsOpenedByOpenSsl()
    {
        var authority = await _world.OpenAsync();

        var right = await AuthorityWorld.OpenSslAsync("pkey", "-noout", "-text", "-in", _world.RootPath, "-passin", "file:" + _world.PathOf(OperatorSecret.FileName));
        var wrong = await AuthorityWorld.OpenSslAsync("pkey", "-noout", "-in", _world.RootPath, "-passin", "pass:something-else");
        var self = await AuthorityWorld.OpenSslAsync("verify", "-x509_strict", "-CAfile", _world.Save("root.crt", authority.Root), _world.Save("issuing.crt", authority.Issuing));

        Assert.True(right.ExitCode == 0 && right.Output.Contains("prime256v1", StringComparison.Ordinal), right.Output);
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.True(self.ExitCode == 0, self.Output);
    }

    [Fact]
    public async Task OpenAsync_WhenTheRootWasTakenAway_GoesOnIssuing()
    {
        var first = await _world.OpenAsync();
        File.Delete(_world.RootPath);

        var second = await _world.OpenAsync();

        using var leaf = AuthorityWorld.Load(second.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), AuthorityWorld.NewPublicKey()));
        Assert.Equal(PeerCheck.Ok, AuthorityTrust.Check(leaf, [second.Issuing], first.Root, CertificateRole.Gateway, "x1", null, TimeProvider.System));
        Assert.False(File.Exists(_world.RootPath));
    }

    [Fact]
    public async Task OpenAsync_WhenRootAndIssuingAreGone_SaysWhereTheRootBelongs()
    {
        await _world.OpenAsync();
        File.Delete(_world.RootPath);
        _world.Store.Rows.TryRemove("issuing-certificate", out _);

        var refusal = await Assert.ThrowsAsync<AuthorityException>(() => _world.OpenAsync());

        Assert.Contains(_world.RootPath, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_WithAnotherOperatorSecret_SaysWhichSecretDoesNotOpen()
    {
        await _world.OpenAsync();
        File.WriteAllText(_world.PathOf(OperatorSecret.FileName), new string('z', 40));

        var withRoot = await Assert.ThrowsAsync<AuthorityException>(() => _world.OpenAsync());
        File.Delete(_world.RootPath);
        var withoutRoot = await Assert.ThrowsAsync<AuthorityException>(() => _world.OpenAsync());

        Assert.Contains(_world.PathOf(OperatorSecret.FileName), withRoot.Message, StringComparison.Ordinal);
        Assert.Contains(_world.PathOf(OperatorSecret.FileName), withoutRoot.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('z', 40), withRoot.Message + withoutRoot.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_WithTheRootOfAnotherProvider_IsRefused()
    {
        using var other = new AuthorityWorld();
        await other.OpenAsync();
        File.Copy(other.PathOf(OperatorSecret.FileName), _world.PathOf(OperatorSecret.FileName));
        await _world.OpenAsync();
        File.Copy(other.RootPath, _world.RootPath, overwrite: true);

        var refusal = await Assert.ThrowsAsync<AuthorityException>(() => _world.OpenAsync());

        Assert.Contains("is not the one that the database was made with", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WhenTheSecretIsShort_SaysHowLongItMustBe()
    {
        var refusal = Assert.Throws<AuthorityException>(() => OperatorSecret.Load(_world.Folder, "short"));

        Assert.Contains("5 characters", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("24", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(OperatorSecret.Variable, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FromTheEnvironment_WritesNoFile()
    {
        var secret = OperatorSecret.Load(_world.Folder, new string('e', 32));

        Assert.Equal(new string('e', 32), secret.Text);
        Assert.False(File.Exists(_world.PathOf(OperatorSecret.FileName)));
    }

    [Fact]
    public async Task OpenAsync_WhenTheIssuingCertificateNearsItsEnd_MakesANewOneAndOldLeavesStayGood()
    {
        var time = new ManualClock();
        var before = await _world.OpenAsync(time);
        time.Advance(TimeSpan.FromDays(540));
        using var leaf = AuthorityWorld.Load(before.Issue(AuthorityWorld.IdentityOf(CertificateRole.Repository), AuthorityWorld.NewPublicKey()));
        time.Advance(TimeSpan.FromDays(30));

        var after = await _world.OpenAsync(time);

        Assert.NotEqual(before.Issuing.SerialNumber, after.Issuing.SerialNumber);
        Assert.Equal(before.Root.RawData, after.Root.RawData);
        Assert.Equal(PeerCheck.Ok, AuthorityTrust.Check(leaf, [before.Issuing], after.Root, CertificateRole.Repository, null, null, time));
    }

    [Fact]
    public async Task Issue_WhenTheIssuingCertificateEnds_ShortensLeavesThenRefuses()
    {
        var time = new ManualClock();
        await _world.OpenAsync(time);
        File.Delete(_world.RootPath);
        time.Advance(TimeSpan.FromDays(700));
        var authority = await _world.OpenAsync(time);

        using var leaf = AuthorityWorld.Load(authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), AuthorityWorld.NewPublicKey()));
        Assert.Equal(authority.Issuing.NotAfter, leaf.NotAfter);

        time.Advance(TimeSpan.FromDays(40));
        var refusal = Assert.Throws<RefusedException>(() => authority.Issue(AuthorityWorld.IdentityOf(CertificateRole.Gateway), AuthorityWorld.NewPublicKey()));
        Assert.Equal(RefusalReason.Unavailable, refusal.Reason);
    }

    [Fact]
    public async Task OpenAsync_ByTwoSilosAtOnce_AgreesOnOneSetOfKeys()
    {
        await _world.OpenAsync();
        foreach (var name in new[] { "issuing-certificate", "label-key", "proxy-key" })
        {
            _world.Store.Rows.TryRemove(name, out _);
        }

        var silos = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _world.OpenAsync())));

        Assert.Single(silos.Select(silo => Convert.ToHexString(silo.LabelKey.Span)).Distinct());
        Assert.Single(silos.Select(silo => silo.Issuing.SerialNumber).Distinct());
        Assert.Single(silos.Select(silo => Convert.ToHexString(silo.ProxyKey(new("g", 1), new("t", 1)))).Distinct());
    }

    [Fact]
    public async Task ProxyKey_ForEachGatewayTargetAndEnrolment_IsAnother()
    {
        var authority = await _world.OpenAsync();

        string[] keys =
        [
            .. new[] { ("gtw1", 1, "repo1", 1), ("gtw1", 2, "repo1", 1), ("gtw1", 1, "repo1", 2), ("gtw1", 1, "repo2", 1), ("gtw2", 1, "repo1", 1), ("gtw1", 1, "tenant-api", 0), ("gtw1re", 1, "po1", 1) }
                .Select(pair => Convert.ToHexString(authority.ProxyKey(new(pair.Item1, pair.Item2), new(pair.Item3, pair.Item4)))),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.Equal(64, key.Length));
    }

    [Fact]
    public void SecretBox_WhenAlteredOrUnderAnotherName_DoesNotOpen()
    {
        var box = new SecretBox(OperatorSecret.Load(_world.Folder, new string('s', 32)));
        var plaintext = Encoding.ASCII.GetBytes("what nobody may read");
        var bytes = box.Seal("a", plaintext);

        Assert.Equal(plaintext, box.Open("a", bytes));
        Assert.NotEqual(bytes, box.Seal("a", plaintext));
        Assert.Throws<AuthorityException>(() => box.Open("b", bytes));
        for (var i = 0; i < bytes.Length; i++)
        {
            var altered = (byte[])bytes.Clone();
            altered[i] ^= 1;
            Assert.Throws<AuthorityException>(() => box.Open("a", altered));
        }

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<AuthorityException>(() => box.Open("a", bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void PrivateFile_WhenThereIsOne_NeverReplacesIt()
    {
        var path = _world.PathOf("one");
        PrivateFile.Create(path, "first"u8);

        Assert.Throws<IOException>(() => PrivateFile.Create(path, "second"u8));
        Assert.Equal("first", File.ReadAllText(path));
    }
}
