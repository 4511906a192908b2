using Headgate.Protocol.Tenant;

namespace Headgate.Silo.Tests.Api;

/// <summary>What connectors say of gateways, over the tenant API.</summary>
public sealed class TrialApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Report_WithWhatGatewaysDid_ReachesTheTenantsLists()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var ticket = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open(repository.Identity.Id));
        var first = ticket.Gateways.Gateways[0].Gateway;
        await client.OkAsync<ProgressAnswer>(
            HttpMethod.Post,
            TenantRoutes.Progress("nightly", ticket.Run),
            new ProgressRequest(1, RunState.Running, ticket.Gateways.Version, [], Trials: [new GatewayTrial(first, 0, 2), new GatewayTrial("elsewhere", 0, 1)]));
        var list = await SaysAsync("behind the others in the lists of this tenant");
        await client.OkAsync<RunTicket>(
            HttpMethod.Post, TenantRoutes.Attempts("nightly", ticket.Run), new NextAttemptRequest(1, 1, "The network went away.", [], Trials: [new GatewayTrial(first, 1, 0)]));
        Assert.NotNull(list);
        await SaysAsync(null);

        // Rankers keep what they know for half a second.
        async Task<GatewayList> SaysAsync(string? expected)
        {
            var began = System.Diagnostics.Stopwatch.GetTimestamp();
            while (true)
            {
                var now = await client.OkAsync<GatewayList>(HttpMethod.Get, TenantRoutes.Gateways);
                var why = now.Gateways.Single(entry => entry.Gateway == first).Why;
                if (expected is null ? !why.Contains("behind", StringComparison.Ordinal) : why.Contains(expected, StringComparison.Ordinal))
                {
                    return now;
                }
                Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"{first}: {why}");
                await Task.Delay(50);
            }
        }
    }

    [Theory]
    [InlineData("gtw1", -1, 0)]
    [InlineData("gtw1", 0, 1_000_001)]
    [InlineData("GTW 1", 0, 1)]
    public async Task Report_WithTrialsThatCannotBe_NamesTheField(string gateway, int came, int failed)
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var refused = await client.RefusedAsync(
            HttpMethod.Post, TenantRoutes.Progress("nightly", 1), new ProgressRequest(1, RunState.Running, 0, [], Trials: [new GatewayTrial(gateway, came, failed)]));
        Assert.Equal("trials", Assert.Single(refused.Errors!).Key);
    }

    private static OpenRunRequest Open(string repository) => new("nightly", JobKind.Backup, repository, "desk", "restic backup", false, 5);
}
