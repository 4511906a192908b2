using System.Net.Sockets;
using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Server.Administration;
using Headgate.Server.Commands;
using Headgate.Server.Hosting;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Api;

/// <summary>The management API over its socket.</summary>
public sealed class ManagementTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Change_ByTwoWriters_LetsOneWinAndTellsTheOtherTheVersion()
    {
        var tenant = await world.AddTenantAsync();
        var version = (await world.Admin.GetAsync<TenantInfo>(ManagementRoutes.Tenant(tenant), SiloWorld.Deadline)).Version;

        var writers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => TryAsync(() => world.Admin.SendAsync<TenantInfo>(
            HttpMethod.Patch, ManagementRoutes.Tenant(tenant), new TenantChange($"Name {i}", null, null, null, false, null, version), SiloWorld.Deadline))));

        var won = Assert.Single(writers, writer => writer.Info is not null).Info!;
        Assert.Equal(version + 1, won.Version);
        Assert.All(writers.Where(writer => writer.Info is null), writer =>
            Assert.Equal((409, ProblemCodes.Conflict, won.Version), (writer.Problem!.Status, writer.Problem.Code, writer.Problem.Version!.Value)));
        Assert.Equal(won.DisplayName, (await world.Admin.GetAsync<TenantInfo>(ManagementRoutes.Tenant(tenant), SiloWorld.Deadline)).DisplayName);
    }

    [Fact]
    public async Task EveryChange_ExpectingAnOldVersion_Is409WithTheCurrentOneAndChangesNothing()
    {
        var (gateway, repository, token, account) = (world.NewId("gw"), world.NewId("rep"), world.NewId("fleet"), world.NewId("anna"));
        await world.EnrolGatewayAsync(gateway);
        await world.EnrolRepositoryAsync(repository);
        await world.PostAsync<CreatedFleetToken>(ManagementRoutes.FleetTokens, new NewFleetToken(token, "Fleet", null, 100, 3, 3600));
        await world.PostAsync<CreatedAccount>(ManagementRoutes.Accounts, new NewAccount(account, "Anna", AccountRole.Administrator, null));
        var tenant = await world.AddTenantAsync(repository);
        await world.EnrolConnectorAsync(tenant);
        var connector = (await world.Admin.GetAsync<TenantInfo>(ManagementRoutes.Tenant(tenant), SiloWorld.Deadline)).Connectors[0].Connector;
        var key = (await world.PostAsync<AccessKeyAnswer>(ManagementRoutes.AccessKeys(tenant), new NewAccessKey(repository, "nas", AccessLevel.Full))).Key;

        await BothAsync(HttpMethod.Patch, ManagementRoutes.Gateway(gateway), expected => new GatewayChange(WantedState.Draining, null, null, null, null, null, expected));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.GatewayCertificate(gateway));
        await BothAsync(HttpMethod.Put, ManagementRoutes.Quota(tenant, repository), expected => new QuotaLimit(1L << 31, expected));
        await BothAsync(HttpMethod.Patch, ManagementRoutes.Tenant(tenant), expected => new TenantChange("New", null, null, null, false, null, expected, 1_000_000));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.Connector(tenant, connector));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.AccessKey(tenant, key));
        await BothAsync(HttpMethod.Put, ManagementRoutes.RepositoryEndpoint(repository), expected => new RepositoryMove("127.0.0.1", 7001, expected));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.RepositoryCertificate(repository));
        await BothAsync(HttpMethod.Patch, ManagementRoutes.Account(account), expected => new AccountChange("New", null, expected));
        await BothAsync(HttpMethod.Post, ManagementRoutes.AccountPassword(account));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.AccountSecondFactor(account));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.Account(account));
        await BothAsync(HttpMethod.Delete, ManagementRoutes.FleetToken(token));
    }

    [Theory]
    [InlineData("\"seven\"")]
    [InlineData("W/\"7\"")]
    [InlineData("\"-1\"")]
    [InlineData("\"1\", \"2\"")]
    public async Task IfMatch_ThatIsNoVersion_Is400(string header)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(AdminSocket.PathOf(world.Folder)), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Delete, "http://admin.invalid" + ManagementRoutes.Account("nobody"));
        request.Headers.Add(ProtocolVersion.HeaderName, ProtocolVersion.Current);
        Assert.True(request.Headers.TryAddWithoutValidation("If-Match", header));
        using var answer = await http.SendAsync(request, SiloWorld.Deadline);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("If-Match", await answer.Content.ReadAsStringAsync(SiloWorld.Deadline), StringComparison.Ordinal);
    }

    // By the header, or in the body where the request has it there: once with a version that nothing has, once with the one that the refusal told.
    private async Task BothAsync(HttpMethod method, string path, Func<long, object>? body = null)
    {
        const long Old = 1_000_000;
        async Task SendAsync(long version)
        {
            using var admin = new AdminClient(world.Folder) { ExpectVersion = body is null ? version : null };
            await admin.SendAsync<JsonElement>(method, path, body?.Invoke(version), SiloWorld.Deadline);
        }

        var refused = await Assert.ThrowsAsync<ProblemException>(() => SendAsync(Old));
        Assert.True(refused.Problem is { Status: 409, Code: ProblemCodes.Conflict, Version: < Old and > 0 }, $"{method} {path}: {refused.Problem}");
        // Nothing was changed: the version that it told still holds.
        await SendAsync(refused.Problem.Version.Value);
    }

    [Fact]
    public async Task Requests_WithFieldsThatCannotBe_NameEveryOne()
    {
        var tenant = await RefusedAsync(HttpMethod.Post, ManagementRoutes.Tenants, new NewTenant("Bad Id", "", ["no pool"], null, -1, 5));
        var gateway = await RefusedAsync(HttpMethod.Post, ManagementRoutes.Gateways, new NewGateway("-", GatewayMode.Direct, "bad host", 0, 0, ["?"]));
        var repository = await RefusedAsync(HttpMethod.Post, ManagementRoutes.Repositories, new NewRepository("", "::1::", 70_000));
        var quota = await RefusedAsync(HttpMethod.Put, ManagementRoutes.Quota("acme", "UP"), new QuotaLimit(5, null));
        var code = await RefusedAsync(HttpMethod.Post, ManagementRoutes.ConnectorCodes("acme"), new NewConnectorCode(AccessLevel.Full, 1));
        var page = await RefusedAsync(HttpMethod.Get, ManagementRoutes.Tenants + "?take=501&skip=-1", null);

        Assert.Equal(["bytesPerSecond", "displayName", "pools", "runLimit", "tenant"], tenant.Errors!.Keys.Order());
        Assert.Contains("'no pool'", tenant.Errors["pools"][0], StringComparison.Ordinal);
        Assert.Equal(["address", "gateway", "pools", "weight"], gateway.Errors!.Keys.Order());
        Assert.Contains("1 to 1000", gateway.Errors["weight"][0], StringComparison.Ordinal);
        Assert.Equal(["address", "repository"], repository.Errors!.Keys.Order());
        Assert.Equal(["limitBytes", "repository"], quota.Errors!.Keys.Order());
        Assert.Equal(["lifetime"], code.Errors!.Keys);
        Assert.Equal(["skip", "take"], page.Errors!.Keys.Order());
        Assert.All(new[] { tenant, gateway, repository, quota, code, page }, problem => Assert.Equal(400, problem.Status));
    }

    [Fact]
    public async Task Quota_ThroughItsLife_IsSetShownFencedAndRemoved()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var id = repository.Identity.Id;
        var tenant = await world.AddTenantAsync(id);
        var other = await world.AddTenantAsync(id);
        var key = await world.PostAsync<AccessKeyAnswer>(ManagementRoutes.AccessKeys(tenant), new NewAccessKey(id, "nas", AccessLevel.ReadOnly));
        const string host = "00000000000000aa";
        foreach (var each in new[] { tenant, other })
        {
            await world.Grains.GetGrain<IQuotaGrain>($"{each}/{id}").LeaseAsync(new LeaseClaim(host, 1, 1, 3000, 0, 0, 10_000, 0), SiloWorld.Deadline);
        }

        var set = await world.Admin.SendAsync<QuotaInfo>(HttpMethod.Put, ManagementRoutes.Quota(tenant, id), new QuotaLimit(2L << 30, null, 2000), SiloWorld.Deadline);
        Assert.Equal((2L << 30, 2000L, 3000L, 7000L, true), (set.LimitBytes, set.SoftLimitBytes, set.UsedBytes, set.ReservedBytes, set.IsOverSoftLimit));
        var soft = await RefusedAsync(HttpMethod.Put, ManagementRoutes.Quota(tenant, id), new QuotaLimit(2L << 30, null, 3L << 30));
        Assert.Equal(["softLimitBytes"], soft.Errors!.Keys);

        var recount = await world.PostAsync<RecountRequest>(ManagementRoutes.RepositoryRecount(id), new RecountRequest(tenant));
        Assert.Equal(tenant, recount.Tenant);
        var wanted = await world.QueryAsync(db => db.Set<EdgeLogRow>().Where(row => row.Kind == "recount-wanted" && row.Audience == "repository:" + id).ToListAsync());
        Assert.Contains(tenant, Assert.Single(wanted).Payload, StringComparison.Ordinal);

        var fenced = await world.PostAsync<FenceAnswer>(ManagementRoutes.RepositoryFence(id), new FenceRequest(host, LeaseFence.Stopped));
        Assert.Equal(new[] { tenant, other }.Order(StringComparer.Ordinal), fenced.Tenants);
        var shown = await world.Admin.GetAsync<QuotaDetails>(ManagementRoutes.Quota(tenant, id), SiloWorld.Deadline);
        Assert.Equal((3000L, 3000L, true), (shown.Leases[0].UsedBytes, shown.Leases[0].CeilingBytes, shown.Leases[0].Fenced is not null));
        Assert.Equal(404, (await RefusedAsync(HttpMethod.Post, ManagementRoutes.RepositoryFence(id), new FenceRequest("0000000000000000", LeaseFence.Stopped))).Status);

        var full = await RefusedAsync(HttpMethod.Delete, ManagementRoutes.Quota(tenant, id), null);
        Assert.Contains("not empty", full.Detail, StringComparison.Ordinal);
        await world.PostAsync<QuotaDetails>(ManagementRoutes.QuotaFence(tenant, id), new FenceRequest(host, LeaseFence.DataGone));
        var removed = await world.Admin.SendAsync<TenantInfo>(HttpMethod.Delete, ManagementRoutes.Quota(tenant, id), null, SiloWorld.Deadline);
        Assert.Empty(removed.Entitlements);
        Assert.True(removed.AccessKeys.Single(entry => entry.Key == key.Key).Revoked);
        Assert.Empty(await world.QueryAsync(db => db.Set<QuotaLeaseRow>().Where(row => row.Tenant == tenant).ToListAsync()));
        var kinds = await world.QueryAsync(db => db.Set<EdgeLogRow>().Where(row => row.Audience == "repository:" + id).OrderByDescending(row => row.Sequence).Take(2).Select(row => row.Kind).ToListAsync());
        Assert.Equal(["access-closed", "quota-removed"], kinds);
        await RefusedAsync(HttpMethod.Get, ManagementRoutes.Quota(tenant, id), null);

        await world.Admin.SendAsync<TenantInfo>(HttpMethod.Delete, ManagementRoutes.Quota(other, id) + "?removal=LeaveData", null, SiloWorld.Deadline);
        // And again from nothing.
        await world.Admin.SendAsync<QuotaInfo>(HttpMethod.Put, ManagementRoutes.Quota(other, id), new QuotaLimit(1L << 30, null), SiloWorld.Deadline);
        Assert.Empty((await world.Admin.GetAsync<QuotaDetails>(ManagementRoutes.Quota(other, id), SiloWorld.Deadline)).Leases);
    }

    [Fact]
    public async Task Requests_ForWhatIsNotThere_SayWhatIsMissing()
    {
        foreach (var path in new[]
        {
            ManagementRoutes.Tenant("nobody"), ManagementRoutes.Gateway("nothing"), ManagementRoutes.Repository("nothing"), ManagementRoutes.Job("nobody", "nothing"),
        })
        {
            var problem = await RefusedAsync(HttpMethod.Get, path, null);
            Assert.Equal((404, ProblemCodes.NotFound), (problem.Status, problem.Code));
        }

        var taken = await world.AddTenantAsync();
        var again = await RefusedAsync(HttpMethod.Post, ManagementRoutes.Tenants, new NewTenant(taken, "x", null, null, 0));
        Assert.Equal((409, ProblemCodes.Conflict), (again.Status, again.Code));
    }

    [Fact]
    public async Task Paths_WithForeignPartsInNames_LeadNowhereElse()
    {
        foreach (var name in new[] { "../gateways", "a/b", "..", "a%2Fb", "A" })
        {
            var problem = await RefusedAsync(HttpMethod.Get, ManagementRoutes.Tenant(name), null);
            Assert.Contains(problem.Status, new[] { 400, 404 });
            Assert.DoesNotContain("gtw1", problem.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AccessKey_WhenMade_IsAUrlForStockClientsAndItsSecretIsKeptNowhere()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);

        var key = await world.PostAsync<AccessKeyAnswer>(
            ManagementRoutes.AccessKeys(tenant), new NewAccessKey(repository.Identity.Id, "laptop", AccessLevel.AppendOnly));

        Assert.Equal($"rest:https://{key.Key}:{key.Secret}@{key.AccessName}:6180/", key.Url);
        var info = await world.Admin.GetAsync<TenantInfo>(ManagementRoutes.Tenant(tenant), SiloWorld.Deadline);
        Assert.Equal((key.Key, "laptop", AccessLevel.AppendOnly, false), (info.AccessKeys[0].Key, info.AccessKeys[0].Name, info.AccessKeys[0].Level, info.AccessKeys[0].Revoked));
        var log = await world.QueryAsync(db => db.Set<EdgeLogRow>().Select(row => row.Payload).ToListAsync());
        var audit = await world.QueryAsync(db => db.Set<AuditRow>().ToListAsync());
        Assert.DoesNotContain(log, payload => payload.Contains(key.Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(audit, row => row.What.Contains(key.Secret, StringComparison.Ordinal));
        Assert.Contains(audit, row => row.Who == "administrator");
        var revoked = await world.Admin.SendAsync<TenantInfo>(HttpMethod.Delete, ManagementRoutes.AccessKey(tenant, key.Key), null, SiloWorld.Deadline);
        Assert.True(revoked.AccessKeys[0].Revoked);
    }

    [Fact]
    public void Socket_IsForItsOwnerOnly()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(world.Folder, "admin.sock")));
        }
    }

    private static async Task<(TenantInfo? Info, ProblemAnswer? Problem)> TryAsync(Func<Task<TenantInfo>> change)
    {
        try
        {
            return (await change(), null);
        }
        catch (ProblemException refused)
        {
            return (null, refused.Problem);
        }
    }

    private async Task<ProblemAnswer> RefusedAsync(HttpMethod method, string path, object? body) =>
        (await Assert.ThrowsAsync<ProblemException>(() => world.Admin.SendAsync<System.Text.Json.JsonElement>(method, path, body, SiloWorld.Deadline))).Problem;
}
