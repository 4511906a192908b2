using System.Globalization;
using Headgate.EndToEnd.Tests.Faults;
using Headgate.EndToEnd.Tests.Security;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Standing;

/// <summary>A tenant, its connectors and keys lose their right while connections are alive: every one of them ends, and nobody else's.</summary>
[Collection(ProviderCollection.Name)]
public sealed class RevocationTests(Provider provider)
{
    private const int LargeBytes = 24 << 20;

    [Fact]
    public async Task Connector_WhenRevoked_IsOutOnEveryPathAndItsNeighbourIsNot()
    {
        var (tenant, desk, large) = await TenantAsync();
        var other = await tenant.EnrolAsync("other");
        using var api = provider.ApiOf(desk);
        using var otherApi = provider.ApiOf(other);
        var (ticket, otherTicket) = (await api.OpenRunAsync("nightly"), await otherApi.OpenRunAsync("others"));
        using var identity = desk.Identity();
        using var otherIdentity = other.Identity();
        await using var flows = new Flows();
        flows.Add(await Flow.AllAsync(provider.GatewayAddress, ticket.ServerName, large, identity));
        flows.Add(await Flow.IdleAsync(provider.World.AddressOf("gtw2"), ticket.ServerName, "/desk/config", identity));
        await using var goesOn = await Flow.DownloadAsync(provider.GatewayAddress, otherTicket.ServerName, large, otherIdentity);
        flows.AreAlive();

        (await provider.World.AdminAsync("connector", "revoke", tenant.Id, "desk")).Succeeded();

        await flows.EndAsync(provider.World);
        await RefusedAsync(ProblemCodes.Revoked, () => api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status));
        await RefusedAsync(ProblemCodes.Revoked, () => api.GetAsync<GatewayList>(TenantRoutes.Gateways));
        await RefusedAsync(ProblemCodes.Revoked, () => api.OpenRunAsync("again"));
        new RouteTests(provider).AssertRefused(await provider.GetAsync(ticket.ServerName, identity));
        await goesOn.MovesAsync();
        Assert.True(goesOn.IsAlive);
        Assert.Equal(tenant.Id, (await otherApi.GetAsync<TenantStatusAnswer>(TenantRoutes.Status)).Tenant);
        await otherApi.FinishAsync(otherTicket);
    }

    [Fact]
    public async Task AccessKey_WhenRevoked_IsOutAndTheOtherKeyIsNot()
    {
        var (tenant, _, large) = await TenantAsync();
        var (key, other) = (await provider.AccessKeyAsync(tenant), await provider.AccessKeyAsync(tenant));
        var name = key.GetProperty("accessName").GetString()!;
        await using var flows = new Flows();
        flows.Add(await Flow.AllAsync(provider.GatewayAddress, name, large, headers: Provider.Basic(key)));
        await using var goesOn = await Flow.DownloadAsync(provider.GatewayAddress, name, large, headers: Provider.Basic(other));
        flows.AreAlive();

        (await provider.World.AdminAsync("access-key", "revoke", tenant.Id, key.GetProperty("key").GetString()!)).Succeeded();

        await flows.EndAsync(provider.World);
        Assert.Equal(401, (await provider.GetAsync(key)).Status);
        await goesOn.MovesAsync();
        Assert.True(goesOn.IsAlive);
        Assert.Equal(200, (await provider.GetAsync(other)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tenant_WhenItIsDisabledOrItsLeaseEndsByItself_IsOutOnEveryPath(bool lease)
    {
        var (tenant, desk, large) = await TenantAsync();
        using var api = provider.ApiOf(desk);
        var ticket = await api.OpenRunAsync("nightly");
        var key = await provider.AccessKeyAsync(tenant);
        using var identity = desk.Identity();
        await using var flows = new Flows();
        flows.Add(await Flow.AllAsync(provider.GatewayAddress, ticket.ServerName, large, identity));
        flows.Add(await Flow.AllAsync(provider.GatewayAddress, key.GetProperty("accessName").GetString()!, large, headers: Provider.Basic(key)));
        flows.AreAlive();

        var soon = DateTimeOffset.UtcNow.AddSeconds(4).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        (await (lease
            ? provider.World.AdminAsync("tenant", "set", tenant.Id, "--lease-ends", soon)
            : provider.World.AdminAsync("tenant", "disable", tenant.Id))).Succeeded();

        await flows.EndAsync(provider.World);
        await RefusedAsync(lease ? ProblemCodes.LeaseEnded : ProblemCodes.TenantDisabled, () => api.OpenRunAsync("again"));
        new RouteTests(provider).AssertRefused(await provider.GetAsync(ticket.ServerName, identity));
        Assert.Equal(401, (await provider.GetAsync(key)).Status);
    }

    private static async Task RefusedAsync<T>(string code, Func<Task<T>> ask)
    {
        // What a silo has just been asked about a certificate holds for 2 s.
        var seen = "nothing";
        await Tool.UntilAsync(
            async () =>
            {
                try
                {
                    await ask();
                    seen = "an answer";
                    return false;
                }
                catch (ProblemException refusal)
                {
                    seen = refusal.Code;
                    return refusal.Code == code;
                }
            },
            $"a refusal with {code}", () => seen, TimeSpan.FromSeconds(45));
    }

    /// <summary>A tenant of this test's own, whose machine keeps an object that takes a while to read.</summary>
    private async Task<(Tenant Tenant, Machine Desk, string Large)> TenantAsync()
    {
        var tenant = await provider.World.AddTenantAsync(provider.Fresh("flows"));
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var key = await provider.AccessKeyAsync(tenant);
        var bytes = new byte[LargeBytes];
        new Random(3).NextBytes(bytes);
        using var client = new ObjectClient(key, provider.AuthorityFile, provider.World.EndPointOf("gtw1"), "/desk/");
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.PostAsync(bytes)).Status);
        return (tenant, desk, ObjectClient.NameOf(bytes));
    }
}
