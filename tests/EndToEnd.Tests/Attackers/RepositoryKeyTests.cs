using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Somebody has a repository's key. That he has its disks too, and with them its tenants' objects (encrypted by the tenants' own tools), goes without saying. That connectors which
/// are led to another repository than their run's turn away is in <c>RouteDialerTests</c>.
/// </summary>
[Collection(ProviderCollection.Name)]
public sealed class RepositoryKeyTests(Provider provider)
{
    private static readonly string s_snapshot = new('a', 64);

    [Fact]
    public async Task Thief_SeesItsOwnTenantsAndNoOthers()
    {
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        await using var taken = await Loot.RepositoryAsync(provider);
        var identity = taken.Identity;

        var seen = await Loot.SnapshotAsync(identity);
        Assert.False(Words.Has(seen.Data, "beta"));
        Assert.DoesNotContain(theirs.ServerName, seen.Data, StringComparison.Ordinal);
        Assert.Equal(404, (await Loot.EdgeAsync(provider, "GET", EdgeRoutes.Grants + theirs.ServerName, identity)).Status);

        // He can: name the tenants that have a quota there, and the gateways.
        Assert.Equal(["acme"], seen.Read<RepositorySnapshot>().Quotas.Select(quota => quota.Tenant));
        Assert.Contains(seen.Read<RepositorySnapshot>().Gateways, gateway => gateway.Gateway == "gtw1");
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Thief_SpeaksForNoOtherRepositoryAndForNoTenantThatHasNothingThere()
    {
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        await using var taken = await Loot.RepositoryAsync(provider);
        var (_, name, identity) = taken;
        var (limit, _) = (await QuotaAsync("beta", "repo1"))!.Value;

        var report = new SnapshotReport(theirs.ServerName, null, "/desk/", s_snapshot, DateTimeOffset.UtcNow);
        Assert.Equal(404, (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.Snapshots, identity, JsonSerializer.Serialize(report, ProtocolJson.Default.SnapshotReport))).Status);
        foreach (var tenant in new[] { "beta", "nobody", "acme" })
        {
            // Whichever field a version reads use from: the repository is the certificate's.
            var lies = $$"""{"version":"0.1.0","epoch":1,"capacityBytes":1,"freeBytes":0,"repository":"repo1","usage":[{"tenant":"{{tenant}}","usedBytes":123456789012}],"traffic":[]}""";
            Assert.True((await Loot.EdgeAsync(provider, "POST", EdgeRoutes.RepositoryHeartbeat, identity, lies)).Status < 500);
            var lease = $$"""{"host":"0123456789abcdef","epoch":9,"sequence":1,"repository":"repo1","leases":[{"tenant":"{{tenant}}","usedBytes":123456789012,"heldBytes":0,"heldMaintenanceBytes":0,"wantedBytes":99999999999,"wantedMaintenanceBytes":0}]}""";
            Assert.True((await Loot.EdgeAsync(provider, "POST", EdgeRoutes.Leases, identity, lease)).Status < 500);
        }

        var after = (await QuotaAsync("beta", "repo1"))!.Value;
        Assert.Equal(limit, after.Limit);
        Assert.InRange(after.Used, 0, limit);
        Assert.Null(await QuotaAsync("beta", name));
        Assert.Equal("repo1", (await provider.Beta.JobAsync(theirs.Job)).GetProperty("repository").GetString());
        Assert.DoesNotContain(s_snapshot, (await provider.Beta.JobAsync(theirs.Job)).GetRawText(), StringComparison.Ordinal);
        foreach (var use in new[] { "{\"usedBytes\":-1,\"tenant\":\"acme\"}", "{\"usedBytes\":1,\"tenant\":\"../acme\"}", "null" })
        {
            var beat = $$"""{"version":"0.1.0","epoch":-1,"capacityBytes":-1,"freeBytes":-1,"usage":[{{use}}],"traffic":[]}""";
            Assert.Equal(400, (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.RepositoryHeartbeat, identity, beat)).Status);
        }

        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Certificate_NamesOneRepository_ThoughStockClientsSeeTheNameOnly()
    {
        await using var taken = await Loot.RepositoryAsync(provider);
        var (_, name, identity) = taken;
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        var access = (await provider.Beta.AccessKeyAsync()).GetProperty("accessName").GetString()!;

        // A connector compares the repository that its run named, so a name alone is worth nothing to it.
        Assert.Equal(new CertificateIdentity(CertificateRole.Repository, name), CertificateIdentity.Of(identity.Certificate));
        Assert.False(identity.Certificate.MatchesHostname("cc." + World.Zone) || identity.Certificate.MatchesHostname("edge." + World.Zone) || identity.Certificate.MatchesHostname("my." + World.Zone));

        // He can: where the authority certifies the access names, and he leads a stock client astray as well (a gateway, DNS), be taken for any repository by it.
        Assert.True(identity.Certificate.MatchesHostname(access));
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Thief_WhoRenewedTheCertificate_IsOutOnceTheRepositoryIsRevoked()
    {
        var (_, name, stolen) = await Loot.RepositoryAsync(provider);
        using var renewed = await Loot.RenewAtEdgeAsync(stolen);
        var stream = Loot.UntilStreamEndsAsync(renewed);

        (await provider.World.AdminAsync("repository", "revoke", name)).Succeeded();

        await stream;
        foreach (var identity in new[] { stolen, renewed })
        {
            Answer? answer = null;
            await Tool.UntilAsync(
                async () => (answer = await Loot.EdgeAsync(provider, "GET", EdgeRoutes.Grants + "cc." + World.Zone, identity)).Status == 403, "the certificate to be refused",
                deadline: TimeSpan.FromSeconds(30));
            Loot.AssertRevoked(answer!);
            Loot.AssertRevoked(await Loot.EdgeAsync(provider, "POST", EdgeRoutes.Renew, identity, "{\"csr\":\"\"}"));
        }
    }

    private async Task<(long Limit, long Used)?> QuotaAsync(string tenant, string repository)
    {
        var quotas = await provider.World.AdminJsonAsync("quota", "list");
        var items = quotas.ValueKind == JsonValueKind.Array ? quotas : quotas.GetProperty("items");
        foreach (var quota in items.EnumerateArray())
        {
            if (quota.GetProperty("tenant").GetString() == tenant && quota.GetProperty("repository").GetString() == repository)
            {
                return (quota.GetProperty("limitBytes").GetInt64(), quota.GetProperty("usedBytes").GetInt64());
            }
        }

        return null;
    }
}
