using System.Text.Json;
using Headgate.Protocol.Problems;

namespace Headgate.EndToEnd.Tests.Network;

/// <summary>Tenants and gateways in every proportion, pools, draining and disabling.</summary>
public sealed class TopologyTests
{
    [Fact]
    public async Task ManyToOne_ThreeTenantsOverOneGateway_EachRestoresItsOwn()
    {
        await using var world = await World.StartAsync(gateways: 1);
        var tenants = await Task.WhenAll(TenantAsync(world, "red", 1), TenantAsync(world, "green", 2), TenantAsync(world, "blue", 3));
        foreach (var tenant in tenants)
        {
            await AssertRestoresOnlyOwnAsync(tenant, "repo1");
            Assert.Equal(["gtw1"], await PathAsync(tenant.Tenant, "nightly"));
        }

        var bytes = tenants.Sum(tenant => tenant.Bytes);
        await Tool.UntilAsync(async () => (await world.GatewayStatusAsync("gtw1")).GetProperty("bytesUp").GetInt64() > bytes, "one gateway to have carried it all");
    }

    [Fact]
    public async Task OneToOne_WhenServerGatewayAndRepositoryAreOneProcess_BacksUpAndRestoresAcrossARestart()
    {
        await using var world = await World.StartAllInOneAsync();
        var customer = await TenantAsync(world, "red", 1);
        var code = await world.Server.StopAsync();
        Assert.True(code == 0, $"It ended with {code}.\n{world.Server.Log}");
        await world.Server.StartAsync();
        await world.UntilAllReadyAsync(starts: 2);
        await AssertRestoresOnlyOwnAsync(customer, "repo1");
    }

    [Fact]
    public async Task OneToMany_WhenGatewaysGoOneByOne_TheNextCarries()
    {
        await using var world = await World.StartAsync(gateways: 3);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        Assert.Equal(["gtw1", "gtw2", "gtw3"], (await ListAsync(desk)).Order());

        var killed = new HashSet<string>();
        for (var i = 1; i <= 3; i++)
        {
            var source = await desk.FilesAsync($"source-{i}", files: 4, bytesEach: 200_000, seed: i);
            (await desk.RunAsync($"night-{i}", ["backup", source])).Succeeded();
            var path = await PathAsync(tenant, $"night-{i}");
            Assert.DoesNotContain(path, gateway => killed.Contains(gateway));
            killed.Add(path[^1]);
            await world[path[^1]].KillAsync();
        }

        // With none left, it says which it tried, and why each failed.
        var lost = await desk.RunAsync("night-4", ["snapshots"], ["--retries", "0"]);
        Assert.NotEqual(0, lost.ExitCode);
        foreach (var gateway in world.GatewayNames)
        {
            Assert.Contains(world.AddressOf(gateway), lost.Error, StringComparison.Ordinal);
        }

        Assert.Contains("refused", lost.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ManyToMany_ThreeTenantsThreeGatewaysTwoRepositories_AtTheSameTime()
    {
        await using var world = await World.StartAsync(gateways: 3, repositories: 2);
        var tenants = await Task.WhenAll(
            TenantAsync(world, "red", 1, "repo1"), TenantAsync(world, "green", 2, "repo2"), TenantAsync(world, "blue", 3, "repo1", "repo2"));
        await Task.WhenAll(tenants.SelectMany(tenant => tenant.Repositories.Select(repository => AssertRestoresOnlyOwnAsync(tenant, repository))));

        foreach (var tenant in tenants)
        {
            foreach (var repository in tenant.Repositories)
            {
                await Tool.UntilAsync(
                    async () => await tenant.Tenant.UsedAsync(repository) >= tenant.Bytes, $"{tenant.Tenant.Id}'s use of {repository}", () => world.Logs);
                Assert.InRange(await tenant.Tenant.UsedAsync(repository), tenant.Bytes, tenant.Bytes * 3 / 2);
            }
        }

        // What a tenant has no quota on does not exist for it.
        var refused = await tenants[0].Desk.RunAsync("elsewhere", ["snapshots"], repository: "repo2");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("repo2", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool_WhenATenantIsBound_OnlyThatPoolsGatewayServesIt()
    {
        await using var world = await World.StartAsync(gateways: 1);
        await world.AddGatewayAsync("gtw2", "--pool", "gold");
        var common = await world.AddTenantAsync("common");
        (await world.AdminAsync("tenant", "add", "noble", "--pool", "gold")).Succeeded();
        (await world.AdminAsync("quota", "set", "noble", "repo1", "1GiB")).Succeeded();
        var noble = new Tenant(world, "noble");
        var nobleDesk = await noble.EnrolAsync("desk");
        var commonDesk = await common.EnrolAsync("desk");
        await nobleDesk.InitAsync();
        await commonDesk.InitAsync();
        Assert.Equal(["gtw2"], await ListAsync(nobleDesk));
        Assert.Equal(["gtw1"], await ListAsync(commonDesk));

        foreach (var (machine, own, other) in new[] { (nobleDesk, "gtw2", "gtw1"), (commonDesk, "gtw1", "gtw2") })
        {
            using var identity = machine.Identity();
            using var api = new ConnectorApi(world, own, identity);
            var ticket = await api.OpenRunAsync("probe", readsOnly: true);
            Assert.Equal([own], ticket.Gateways.Gateways.Select(gateway => gateway.Gateway));
            var request = Provider.Request("GET", "/desk/config", ticket.ServerName);
            Assert.Equal(200, (await TlsConnection.AskAsync(world.AddressOf(own), World.PublicPort, ticket.ServerName, request, identity)).Status);
            var refused = await Tool.RunAsync(
                "openssl", ["s_client", "-connect", $"{world.AddressOf(other)}:{World.PublicPort}", "-servername", ticket.ServerName]);
            Assert.Contains("alert number 112", refused.Error, StringComparison.Ordinal);
            await api.FinishAsync(ticket);
        }
    }

    [Fact]
    public async Task Drain_WhenAGatewayIsDrained_ItLeavesTheListAndLiveStreamsFinish()
    {
        await using var world = await World.StartAsync();
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        using var identity = desk.Identity();
        using var api = new ConnectorApi(world, "gtw1", identity);
        var ticket = await api.OpenRunAsync("live", readsOnly: true);
        await using var drained = await TlsConnection.OpenAsync(world.AddressOf("gtw1"), World.PublicPort, ticket.ServerName, identity);
        await using var disabled = await TlsConnection.OpenAsync(world.AddressOf("gtw2"), World.PublicPort, ticket.ServerName, identity);
        await AssertAnswersAsync(drained, ticket.ServerName);
        await AssertAnswersAsync(disabled, ticket.ServerName);

        (await world.AdminAsync("gateway", "drain", "gtw1")).Succeeded();
        await Tool.UntilAsync(async () => (await ListAsync(desk)) is ["gtw2"], "gtw1 to leave the list", () => world.Logs, TimeSpan.FromMinutes(1));
        await AssertAnswersAsync(drained, ticket.ServerName);

        (await world.AdminAsync("gateway", "disable", "gtw2")).Succeeded();
        await disabled.ReadToEndAsync(TimeSpan.FromSeconds(30));
        await AssertAnswersAsync(drained, ticket.ServerName);

        (await world.AdminAsync("gateway", "activate", "gtw1")).Succeeded();
        await Tool.UntilAsync(
            async () => (await desk.HeadgateAsync("gateways", "--json")) is { ExitCode: 0 } finished && GatewaysIn(finished) is ["gtw1"],
            "gtw1 to be back", () => world.Logs, TimeSpan.FromMinutes(1));
    }

    private static async Task AssertAnswersAsync(TlsConnection connection, string serverName)
    {
        await connection.SendAsync($"HEAD /desk/config HTTP/1.1\r\nHost: {serverName}\r\n\r\n");
        Assert.Equal(200, (await connection.ReadHeadAsync()).Status);
    }

    /// <summary>A tenant whose machine has backed up files of its own to each of its repositories.</summary>
    private static async Task<Customer> TenantAsync(World world, string id, int seed, params string[] repositories)
    {
        repositories = repositories is [] ? ["repo1"] : repositories;
        var tenant = await world.AddTenantAsync(id, "1GiB", repositories);
        var desk = await tenant.EnrolAsync("desk");
        var source = await desk.FilesAsync("source", files: 6 + seed, bytesEach: 300_000, seed);
        foreach (var repository in repositories)
        {
            await desk.InitAsync(repository);
            (await desk.RunAsync(repository == "repo1" ? "nightly" : "nightly-" + repository, ["backup", source], repository: repository)).Succeeded();
        }

        return new Customer(tenant, desk, source, (6 + seed) * 300_000L, repositories);
    }

    /// <summary>A spare machine of the same tenant restores every byte; its tenant's folder holds the one snapshot that its tenant made.</summary>
    private static async Task AssertRestoresOnlyOwnAsync(Customer customer, string repository)
    {
        var spare = await customer.Tenant.EnrolAsync("spare-" + repository);
        var target = Path.Combine(spare.Folder, "restored");
        (await spare.RunAsync("restore-" + repository, ["restore", "latest", "--target", target], ["--path", "/desk/"], repository)).Succeeded();
        Assert.Equal(await Machine.SumsAsync(customer.Source), await Machine.SumsAsync(target + customer.Source));
        var storage = Directory.EnumerateDirectories(customer.Tenant.World.PathOf(repository), "tenants", SearchOption.AllDirectories).Single();
        Assert.Single(Directory.EnumerateFiles(Path.Combine(storage, customer.Tenant.Id, "desk", "snapshots")));
    }

    private static async Task<IReadOnlyList<string>> ListAsync(Machine machine) => GatewaysIn((await machine.HeadgateAsync("gateways", "--json")).Succeeded());

    private static IReadOnlyList<string> GatewaysIn(Finished finished) =>
        [.. JsonDocument.Parse(finished.Output).RootElement.GetProperty("gateways").EnumerateArray().Select(gateway => gateway.GetProperty("gateway").GetString()!)];

    /// <summary>The gateways that a job's last run went over.</summary>
    private static async Task<IReadOnlyList<string>> PathAsync(Tenant tenant, string job) =>
        [.. (await tenant.JobAsync(job)).GetProperty("runs")[0].GetProperty("attempts").EnumerateArray()
            .SelectMany(attempt => attempt.GetProperty("path").EnumerateArray())
            .Select(step => step.GetProperty("gateway").GetString()!).Distinct()];

    private sealed record Customer(Tenant Tenant, Machine Desk, string Source, long Bytes, IReadOnlyList<string> Repositories);
}
