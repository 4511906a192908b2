using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Somebody has a gateway's key and state folder. What he cannot do at the repository and the tenant API with its PROXY keys is in <c>ProxyHeaderTests</c>; whose certificate is
/// refused where, in <c>CertificateRoleTests</c>.
/// </summary>
[Collection(ProviderCollection.Name)]
public sealed class GatewayKeyTests(Provider provider)
{
    [Fact]
    public async Task Thief_SeesRoutesOfItsPoolsAndNoOthers()
    {
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        var access = (await provider.Beta.AccessKeyAsync()).GetProperty("accessName").GetString()!;
        var (_, far) = await Loot.GatewayAsync(provider);
        using var near = Loot.Take(provider, provider.World.PathOf("gtw1"));

        // He can: learn who backs up where through it, and where every repository is.
        var seen = (await Loot.SnapshotAsync(near)).Data;
        Assert.Contains(ticket.ServerName, seen, StringComparison.Ordinal);
        Assert.Contains("\"beta\"", seen, StringComparison.Ordinal);
        Assert.Contains("\"beta\"", (await Loot.EdgeAsync(provider, "GET", EdgeRoutes.Routes + ticket.ServerName, near)).Body, StringComparison.Ordinal);
        Assert.Contains("\"beta\"", (await Loot.EdgeAsync(provider, "GET", EdgeRoutes.Routes + access, near)).Body, StringComparison.Ordinal);

        // He cannot: learn anything of tenants that are bound to other pools, not even by a name that he knows.
        var snapshot = await Loot.SnapshotAsync(far);
        Assert.False(Words.Has(snapshot.Data, "beta"));
        Assert.False(Words.Has(snapshot.Data, "acme"));
        Assert.Empty(snapshot.Read<GatewaySnapshot>().Routes);
        Assert.Contains(snapshot.Read<GatewaySnapshot>().Targets, target => target.Id == "repo1");
        foreach (var name in new[] { ticket.ServerName, access })
        {
            var answer = await Loot.EdgeAsync(provider, "GET", EdgeRoutes.Routes + name, far);
            Assert.Equal(404, answer.Status);
            Assert.False(Words.Has(answer.Body, "beta"));
        }

        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Folder_HoldsOneKeyAndNoneThatATenantTrusts()
    {
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        var kept = provider.World.PathOf("gtw1", "routes.json");
        await Tool.UntilAsync(() => File.Exists(kept) && File.ReadAllText(kept).Contains(ticket.ServerName, StringComparison.Ordinal), "the route to be kept");
        var folder = Loot.Copy(provider, provider.World.PathOf("gtw1"));

        var keys = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("PRIVATE KEY", StringComparison.Ordinal)).Select(Path.GetFileName);
        Assert.Equal(["key.pem"], keys);
        using var identity = World.IdentityIn(folder);
        Assert.False(identity.Certificate.MatchesHostname(ticket.ServerName) || identity.Certificate.MatchesHostname("cc." + World.Zone));

        // The keys of its PROXY headers lie in the cache: until it is revoked he can tell repositories whatever source address he likes.
        Assert.Contains("proxyKey", await File.ReadAllTextAsync(Path.Combine(folder, "routes.json")), StringComparison.OrdinalIgnoreCase);
        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Thief_WhoLiesInHeartbeats_LiesOfTheStolenGatewayOnly()
    {
        var (name, identity) = await Loot.GatewayAsync(provider);
        foreach (var (field, beat) in new[]
        {
            ("activeConnections", Beat() with { ActiveConnections = -1 }),
            ("bytesUp", Beat() with { BytesUp = long.MinValue }),
            ("epoch", Beat() with { Epoch = -5 }),
            ("refused", Beat() with { Refused = new Dictionary<string, long> { ["x"] = -1 } }),
            ("version", Beat() with { Version = new string('9', 100_000) }),
        })
        {
            var refused = await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, identity, JsonSerializer.Serialize(beat, ProtocolJson.Default.GatewayHeartbeat));
            Assert.Equal(400, refused.Status);
            Assert.Contains(field, refused.Body, StringComparison.Ordinal);
        }

        // A heartbeat names no gateway: whose it is, the certificate says, whatever else the body claims.
        var told = JsonSerializer.Serialize(Beat() with { ActiveConnections = long.MaxValue, AcceptedConnections = long.MaxValue }, ProtocolJson.Default.GatewayHeartbeat);
        Assert.Equal(200, (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, identity, told[..^1] + ",\"gateway\":\"gtw1\",\"id\":\"gtw1\"}")).Status);
        Assert.Equal(long.MaxValue, (await LoadAsync(name)).GetProperty("active").GetInt64());
        Assert.InRange((await LoadAsync("gtw1")).GetProperty("active").GetInt64(), 0, 10_000);

        // And runs still open, over the gateways that there are.
        await provider.FinishAsync(provider.AcmeDesk, await provider.OpenRunAsync(provider.AcmeDesk));
    }

    [Fact]
    public async Task Thief_WhoRenewedTheCertificate_IsOutOnceTheGatewayIsRevoked()
    {
        var (name, stolen) = await Loot.GatewayAsync(provider);
        // He can: prolong what he stole for as long as nobody revokes it; the audit tells of each renewal.
        using var renewed = await Loot.RenewAtEdgeAsync(stolen);
        Assert.Equal(stolen.Identity, renewed.Identity);
        var body = JsonSerializer.Serialize(Beat(), ProtocolJson.Default.GatewayHeartbeat);
        Assert.Equal(200, (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, renewed, body)).Status);
        var stream = Loot.UntilStreamEndsAsync(renewed);

        (await provider.World.AdminAsync("gateway", "revoke", name)).Succeeded();

        await stream;
        foreach (var identity in new[] { stolen, renewed })
        {
            await Tool.UntilAsync(
                async () => (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, identity, body)).Status == 403, "the certificate to be refused",
                deadline: TimeSpan.FromSeconds(30));
            Loot.AssertRevoked(await Loot.EdgeAsync(provider, "POST", EdgeRoutes.Renew, identity, "{\"csr\":\"\"}"));
        }

        // The gateway comes back with a new code; the thief does not.
        var fresh = provider.World.PathOf(provider.Fresh("again"));
        (await Tool.RunAsync(Programs.Gateway, ["enroll", "--data", fresh, await provider.World.CodeAsync("code", "gateway", name)])).Succeeded();
        using var own = World.IdentityIn(fresh);
        await Tool.UntilAsync(
            async () => (await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, own, body)).Status == 200, "the new certificate to be believed");
        foreach (var identity in new[] { stolen, renewed })
        {
            Loot.AssertRevoked(await Loot.EdgeAsync(provider, "POST", EdgeRoutes.GatewayHeartbeat, identity, body));
        }
    }

    private static GatewayHeartbeat Beat() => new("0.1.0", 1, 1, 1, 1, 1, new Dictionary<string, long>());

    private async Task<JsonElement> LoadAsync(string gateway)
    {
        var list = await provider.World.AdminJsonAsync("gateway", "list");
        var items = list.ValueKind == JsonValueKind.Array ? list : list.GetProperty("items");
        return items.EnumerateArray().Single(row => row.GetProperty("gateway").GetString() == gateway).GetProperty("load");
    }
}
