using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Silo.Grains.Tenants;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class TenantGrainTests
{
    [Fact]
    public async Task CreateAsync_WhenNew_IsThereAfterARestart()
    {
        await using var silo = await StartAsync();
        var ends = silo.Time.GetUtcNow().AddDays(30);
        var created = await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme & Söhne", ["north", "east"], ends, 3), default);
        Assert.Equal(("acme", "Acme & Söhne", TenantStatus.Active, 3, 1L), (created.Tenant, created.DisplayName, created.Status, created.RunLimit, created.Version));
        await RefusedAsync(RefusalReason.Exists, () => silo.Tenant("acme").CreateAsync(new CreateTenant("Again", [], null, 0), default));

        await using var again = await silo.BesideAsync();
        Assert.Equivalent(created, await again.Tenant("acme").GetAsync(default), strict: true);
    }

    [Theory]
    [InlineData("Acme", "Name", "pool", 0)]
    [InlineData("acme", "", "pool", 0)]
    [InlineData("acme", "line\nbreak", "pool", 0)]
    [InlineData("acme", "Name", "No Pool", 0)]
    [InlineData("acme", "Name", "pool", -1)]
    public async Task CreateAsync_WhenAValueCannotBe_NamesIt(string id, string name, string pool, int runLimit)
    {
        await using var silo = await StartAsync();
        var refused = await RefusedAsync(RefusalReason.Invalid, () => silo.Tenant(id).CreateAsync(new CreateTenant(name, [pool], null, runLimit), default));
        Assert.Contains("allowed", refused.Message, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.NotFound, () => silo.Tenant(id).GetAsync(default));
    }

    [Fact]
    public async Task AnyCall_WhenThereIsNoTenant_IsRefused()
    {
        await using var silo = await StartAsync();
        var tenant = silo.Tenant("nobody");
        await RefusedAsync(RefusalReason.NotFound, () => tenant.GetAsync(default));
        await RefusedAsync(RefusalReason.NotFound, () => tenant.SetQuotaAsync("rep1", 1 << 30, null, default));
        await RefusedAsync(RefusalReason.NotFound, () => tenant.CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default));
        await RefusedAsync(RefusalReason.NotFound, () => tenant.CheckConnectorAsync("laptop", "00", default));
        await RefusedAsync(RefusalReason.NotFound, () => tenant.ReleaseRunAsync("nightly", default));
        await tenant.CreateAsync(new CreateTenant("Somebody", [], null, 0), default);
        Assert.Equal("Somebody", (await tenant.GetAsync(default)).DisplayName);
    }

    [Fact]
    public async Task ChangeAsync_WhenSomebodyElseChanged_SaysTheVersion()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var before = await tenant.GetAsync(default);
        var changed = await tenant.ChangeAsync(Change() with { DisplayName = "New", ExpectedVersion = before.Version }, default);
        Assert.Equal(("New", before.Version + 1), (changed.DisplayName, changed.Version));
        var refused = await RefusedAsync(RefusalReason.Changed, () => tenant.ChangeAsync(Change() with { DisplayName = "Late", ExpectedVersion = before.Version }, default));
        Assert.Equal(changed.Version, refused.Version);
        // A run that starts is no change that an administrator must hear of.
        await tenant.ClaimRunAsync(new RunClaim("laptop", "rep1", "nightly", false), default);
        await tenant.ChangeAsync(Change() with { DisplayName = "Newer", ExpectedVersion = changed.Version }, default);
    }

    [Fact]
    public async Task SetQuotaAsync_WhenFirst_MakesTheAccessNameAndTellsTheRepository()
    {
        await using var silo = await ReadyAsync();
        await silo.AddRepositoryAsync("rep2");
        var before = await silo.NewestAsync();

        var quota = await silo.Tenant("acme").SetQuotaAsync("rep2", 5L << 30, null, default);

        Assert.Equal(("acme", "rep2", 5L << 30, 0L), (quota.Tenant, quota.Repository, quota.LimitBytes, quota.UsedBytes));
        var events = await silo.EventsAsync(before);
        Assert.All(events, row => Assert.Equal("repository:rep2", row.Audience));
        Assert.Equal(["quota-changed", "access-changed"], events.Select(row => row.Kind));
        Assert.Equal(new TenantQuota("acme", 5L << 30), JsonSerializer.Deserialize(events[0].Payload, ProtocolJson.Default.TenantQuota));
        var name = (await silo.Tenant("acme").GetAsync(default)).Entitlements.Single(entry => entry.Repository == "rep2").AccessName;
        Assert.Matches(@"^a-[a-z2-7]{26}\.access\.backup\.test$", name);
        // Again with another limit: the name stays.
        await silo.Tenant("acme").SetQuotaAsync("rep2", 6L << 30, quota.Version, default);
        Assert.Equal(name, (await silo.Tenant("acme").GetAsync(default)).Entitlements.Single(entry => entry.Repository == "rep2").AccessName);
        await RefusedAsync(RefusalReason.Changed, () => silo.Tenant("acme").SetQuotaAsync("rep2", 7L << 30, quota.Version, default));
        await RefusedAsync(RefusalReason.NotFound, () => silo.Tenant("acme").SetQuotaAsync("rep9", 7L << 30, null, default));
        await RefusedAsync(RefusalReason.Invalid, () => silo.Tenant("acme").SetQuotaAsync("rep2", 1024, null, default));
    }

    [Fact]
    public async Task EnrolConnectorAsync_WhenTheSameKeyComesAgain_AnswersTheSame()
    {
        await using var silo = await ReadyAsync();
        var secret = await silo.Tenant("acme").CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.AppendOnly, default);
        var first = await silo.Tenant("acme").EnrolConnectorAsync(Claim(secret, "key-1", "Büro PC_01.example.com"), default);
        Assert.Equal("urn:headgate:connector:acme/b-ro-pc-01", first.Identity);

        await using var again = await silo.BesideAsync();
        silo.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equivalent(first, await again.Tenant("acme").EnrolConnectorAsync(Claim(secret, "key-1"), default), strict: true);
        await again.Tenant("acme").CheckConnectorAsync("b-ro-pc-01", first.Serial, default);

        // Another key, and the same one too late.
        await RefusedAsync(RefusalReason.CodeUsed, () => again.Tenant("acme").EnrolConnectorAsync(Claim(secret, "key-2"), default));
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(RefusalReason.CodeUsed, () => again.Tenant("acme").EnrolConnectorAsync(Claim(secret, "key-1"), default));
        Assert.Equal(2, (await silo.AuditAsync("code-used-again")).Count);
        var connector = (await again.Tenant("acme").GetAsync(default)).Connectors.Single(entry => entry.Connector == "b-ro-pc-01");
        Assert.Equal((AccessLevel.AppendOnly, first.Serial), (connector.Level, connector.Serial));
    }

    [Fact]
    public async Task EnrolConnectorAsync_WhenTheCodeIsWrongOrLate_IsRefused()
    {
        await using var silo = await ReadyAsync();
        await silo.AddTenantAsync("other", "rep1", "laptop");
        var tenant = silo.Tenant("acme");
        var secret = await tenant.CreateCodeAsync(TimeSpan.FromMinutes(5), AccessLevel.Full, default);
        Assert.Equal(26, secret.Secret.Length);
        await RefusedAsync(RefusalReason.CodeRefused, () => tenant.EnrolConnectorAsync(new EnrolmentClaim(new string('a', 26), TestAuthority.Key("k"), "h"), default));
        await RefusedAsync(RefusalReason.CodeRefused, () => silo.Tenant("other").EnrolConnectorAsync(Claim(secret), default));
        await RefusedAsync(RefusalReason.Invalid, () => tenant.EnrolConnectorAsync(Claim(secret, ""), default));
        silo.Time.Advance(TimeSpan.FromMinutes(5));
        await RefusedAsync(RefusalReason.CodeRefused, () => tenant.EnrolConnectorAsync(Claim(secret), default));
        await RefusedAsync(RefusalReason.Invalid, () => tenant.CreateCodeAsync(TimeSpan.FromSeconds(59), AccessLevel.Full, default));
        await RefusedAsync(RefusalReason.Invalid, () => tenant.CreateCodeAsync(TimeSpan.FromDays(31), AccessLevel.Full, default));
    }

    [Fact]
    public async Task EnrolConnectorAsync_WhenTheHostIsKnown_GivesANewId()
    {
        await using var silo = await ReadyAsync();
        Assert.Equal("urn:headgate:connector:acme/laptop-2", (await silo.AddConnectorAsync("acme", "laptop")).Identity);
        Assert.Equal("urn:headgate:connector:acme/laptop-3", (await silo.AddConnectorAsync("acme", "LAPTOP")).Identity);
    }

    [Theory]
    [InlineData("host1.example.com", "host1")]
    [InlineData("---", "connector")]
    [InlineData("日本", "connector")]
    [InlineData("a-very-long-host-name-of-a-machine", "a-very-long-host-name-of")]
    [InlineData("UPPER__case", "upper-case")]
    [InlineData("taken", "taken-2")]
    [InlineData("exactly-24-characters-ok", "exactly-24-characters-2")]
    public void ConnectorNames_WhenMadeFromAHost_AreIds(string host, string expected)
    {
        var name = ConnectorNames.From(host, new HashSet<string> { "taken", "exactly-24-characters-ok" });
        Assert.Equal(expected, name);
        Assert.True(Headgate.Protocol.Naming.Identifier.IsValid(name));
    }

    [Fact]
    public async Task RenewConnectorAsync_WhenAnswersAreLost_BelievesTheOneThatAsks()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var held = (await tenant.GetAsync(default)).Connectors[0].Serial;
        var lost = await tenant.RenewConnectorAsync("laptop", held, TestAuthority.Key("key-2"), default);
        for (var answer = 3; answer < 8; answer++)
        {
            var next = await tenant.RenewConnectorAsync("laptop", held, TestAuthority.Key($"key-{answer}"), default);
            await tenant.CheckConnectorAsync("laptop", held, default);
            await tenant.CheckConnectorAsync("laptop", next.Serial, default);
            await RefusedAsync(RefusalReason.Revoked, () => tenant.CheckConnectorAsync("laptop", lost.Serial, default));
            lost = next;
        }
    }

    [Fact]
    public async Task RenewConnectorAsync_WhenRenewedTwice_BelievesTheLastTwo()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var first = (await tenant.GetAsync(default)).Connectors[0].Serial;
        var second = await tenant.RenewConnectorAsync("laptop", first, TestAuthority.Key("key-2"), default);
        await tenant.CheckConnectorAsync("laptop", first, default);
        await tenant.CheckConnectorAsync("laptop", second.Serial, default);
        await tenant.RenewConnectorAsync("laptop", second.Serial, TestAuthority.Key("key-3"), default);
        await tenant.CheckConnectorAsync("laptop", second.Serial, default);
        await RefusedAsync(RefusalReason.Revoked, () => tenant.CheckConnectorAsync("laptop", first, default));
        await RefusedAsync(RefusalReason.NotFound, () => tenant.CheckConnectorAsync("desktop", first, default));
    }

    [Fact]
    public async Task RevokeConnectorAsync_WhenARunIsOpen_ClosesItsRouteAtOnce()
    {
        await using var silo = await ReadyAsync();
        await silo.AddConnectorAsync("acme", "server");
        var mine = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        var other = await silo.Job("acme", "weekly").OpenRunAsync(Open("server"), default);
        var before = await silo.NewestAsync();

        await silo.Tenant("acme").RevokeConnectorAsync("laptop", default);
        await silo.Tenant("acme").RevokeConnectorAsync("laptop", default);

        var events = await silo.EventsAsync(before);
        Assert.Equal(["gateway:gtw1 route-closed", "repository:rep1 grant-closed"], events.Select(row => $"{row.Audience} {row.Kind}").Order());
        Assert.All(events, row => Assert.Contains(mine.ServerName, row.Payload, StringComparison.Ordinal));
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", mine.ServerName, default));
        Assert.NotNull(await silo.Snapshots.GrantAsync("rep1", other.ServerName, default));
        await RefusedAsync(RefusalReason.Revoked, () => silo.Tenant("acme").RenewConnectorAsync("laptop", "01", TestAuthority.Key("k"), default));

        var directive = await silo.Job("acme", "nightly").ReportProgressAsync(1, new RunProgress("laptop", 1, false, 0, []), default);
        Assert.True(directive.Stop);
        var run = (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0];
        Assert.Equal((RunStatus.Failed, directive.Reason), (run.Status, run.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FullRights_WhenNobodySaysThatTheProviderAsks_AreRefusedInWords(bool isSomebody)
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        Orleans.Runtime.RequestContext.Clear();
        if (isSomebody)
        {
            CallContext.Act("anna", isProvider: false);
        }

        foreach (var refused in new[]
        {
            await RefusedAsync(RefusalReason.NeedsProvider, () => tenant.CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default)),
            await RefusedAsync(RefusalReason.NeedsProvider, () => tenant.CreateAccessKeyAsync("rep1", "nas", AccessLevel.Full, default)),
        })
        {
            Assert.Contains("service provider", refused.Message, StringComparison.Ordinal);
            Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        }

        foreach (var level in new[] { AccessLevel.AppendOnly, AccessLevel.ReadOnly })
        {
            await tenant.CreateAccessKeyAsync("rep1", "nas", level, default);
            var certificate = await tenant.EnrolConnectorAsync(Claim(await tenant.CreateCodeAsync(TimeSpan.FromHours(1), level, default), host: $"host-{level}"), default);
            Assert.Equal(level, (await tenant.GetAsync(default)).Connectors.Single(connector => connector.Serial == certificate.Serial).Level);
        }
        Assert.DoesNotContain((await tenant.GetAsync(default)).AccessKeys, key => key.Level == AccessLevel.Full);
    }

    [Fact]
    public async Task WhatLoosens_WhenATenantsUserActs_IsRefused()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var before = await tenant.GetAsync(default);
        var account = silo.Grains.GetGrain<IAccountGrain>("bert");
        await account.CreateAsync(new CreateAccount("Bert", AccountRole.Administrator, null, "a long enough one", false), default);
        CallContext.Act("anna", isProvider: false);

        foreach (var attempt in new Func<Task>[]
        {
            () => tenant.ChangeAsync(Change() with { Status = TenantStatus.Active, LeaseEnds = DateTimeOffset.MaxValue, RunLimit = 0 }, default),
            () => tenant.SetQuotaAsync("rep1", 1L << 50, null, default),
            () => account.ResetPasswordAsync(default),
            () => account.ClearSecondFactorAsync(default),
            () => account.ChangeAsync(new ChangeAccount(null, true, null), default),
            () => account.DeleteAsync(default),
            () => silo.Grains.GetGrain<IAccountGrain>("eve").CreateAsync(new CreateAccount("Eve", AccountRole.Administrator, null, null, false), default),
        })
        {
            Assert.Contains("service provider", (await RefusedAsync(RefusalReason.NeedsProvider, attempt)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(before.Version, (await tenant.GetAsync(default)).Version);
        Assert.Equal(1, (await account.GetAsync(default)).Version);
    }

    [Fact]
    public async Task ChangeAsync_WhenDisabledAndEnabled_TakesKeysAndClosesRoutesForGood()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var key = await tenant.CreateAccessKeyAsync("rep1", "nas", AccessLevel.AppendOnly, default);
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        var before = await silo.NewestAsync();

        await tenant.ChangeAsync(Change() with { Status = TenantStatus.Disabled }, default);

        var events = await silo.EventsAsync(before);
        Assert.Equal(
            ["gateway:gtw1 route-closed", "repository:rep1 access-changed", "repository:rep1 grant-closed"],
            events.Select(row => $"{row.Audience} {row.Kind}").Order());
        var access = JsonSerializer.Deserialize(events.Single(row => row.Kind == "access-changed").Payload, ProtocolJson.Default.AccessGrant)!;
        Assert.Equal((key.AccessName, "acme", 0), (access.ServerName, access.Tenant, access.Keys.Count));
        Assert.Empty((await silo.Snapshots.RepositoryAsync("rep1", default))!.Accesses.Single().Keys);
        await RefusedAsync(RefusalReason.TenantDisabled, () => silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default));

        await tenant.ChangeAsync(Change() with { Status = TenantStatus.Active }, default);

        Assert.Single((await silo.Snapshots.RepositoryAsync("rep1", default))!.Accesses.Single().Keys);
        Assert.Null(await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        var directive = await silo.Job("acme", "nightly").ReportProgressAsync(1, new RunProgress("laptop", 1, false, 0, []), default);
        Assert.True(directive.Stop);
        Assert.Equal(RunStatus.Failed, (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task Sweep_WhenALeaseEnded_ClosesAndASecondSweepDoesNothing()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        await tenant.CreateAccessKeyAsync("rep1", "nas", AccessLevel.Full, default);
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await tenant.ChangeAsync(Change() with { LeaseEnds = silo.Time.GetUtcNow().AddMinutes(1) }, default);
        Assert.Equal(0, await silo.Sweeper.SweepAsync(default));
        silo.Time.Advance(TimeSpan.FromMinutes(1));
        await silo.HeardAsync("gtw1");
        await RefusedAsync(RefusalReason.LeaseEnded, () => silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default));
        var before = await silo.NewestAsync();

        Assert.Equal(1, await silo.Sweeper.SweepAsync(default));

        Assert.Equal(
            ["gateway:gtw1 route-closed", "repository:rep1 access-changed", "repository:rep1 grant-closed"],
            (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}").Order());
        Assert.Equal(0, await silo.Sweeper.SweepAsync(default));
        await tenant.ChangeAsync(Change() with { LeaseEnds = DateTimeOffset.MaxValue }, default);
        Assert.Null((await tenant.GetAsync(default)).LeaseEnds);
        Assert.Single((await silo.Snapshots.RepositoryAsync("rep1", default))!.Accesses.Single().Keys);
        await silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task AccessKeys_WhenMadeAndRevoked_ReachTheRepositoryAsHashes()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        var before = await silo.NewestAsync();
        var key = await tenant.CreateAccessKeyAsync("rep1", "nas", AccessLevel.AppendOnly, default);
        Assert.Equal(26, key.Secret.Length);

        var row = Assert.Single(await silo.EventsAsync(before));
        var told = JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.AccessGrant)!;
        Assert.DoesNotContain(key.Secret, row.Payload, StringComparison.Ordinal);
        var grant = Assert.Single(told.Keys);
        Assert.Equal((key.Key, AccessRights.AppendOnly), (grant.Key, grant.Rights));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(key.Secret)), grant.SecretSha256);
        Assert.Equivalent(told, (await silo.Snapshots.RepositoryAsync("rep1", default))!.Accesses.Single(), strict: true);

        Assert.True((await tenant.RevokeAccessKeyAsync(key.Key, default)).AccessKeys.Single().Revoked);
        await tenant.RevokeAccessKeyAsync(key.Key, default);
        Assert.Equal(2, (await silo.EventsAsync(before)).Count);
        Assert.Empty((await silo.Snapshots.RepositoryAsync("rep1", default))!.Accesses.Single().Keys);
        await RefusedAsync(RefusalReason.NotFound, () => tenant.RevokeAccessKeyAsync("nokey", default));
        await RefusedAsync(RefusalReason.NoQuota, () => tenant.CreateAccessKeyAsync("rep9", "nas", AccessLevel.Full, default));
    }

    [Fact]
    public async Task Sweep_WhenCodesAreLongOver_ForgetsThemForGood()
    {
        await using var silo = await ReadyAsync();
        var secret = await silo.Tenant("acme").CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default);
        silo.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromDays(7));
        Assert.True(await silo.Sweeper.SweepAsync(default) > 0);
        await silo.Tenant("acme").ChangeAsync(Change() with { DisplayName = "Written again" }, default);
        await using var db = silo.Read();
        Assert.Empty(db.EnrolmentCodes);
        await RefusedAsync(RefusalReason.CodeRefused, () => silo.Tenant("acme").EnrolConnectorAsync(Claim(secret), default));
    }

    private static ChangeTenant Change() => new(null, null, null, null, null, null);

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
