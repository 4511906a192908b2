using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class JobGrainTests
{
    [Fact]
    public async Task OpenRunAsync_WhenAllowed_TellsGatewaysAndRepositoryInTheSameTransaction()
    {
        await using var silo = await ReadyAsync();
        var before = await silo.NewestAsync();

        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);

        Assert.Equal(("nightly", 1, 1, "rep1"), (opened.Job, opened.Run, opened.Attempt, opened.Repository));
        Assert.Equal([1, 2], opened.Gateways.Gateways.Select(place => place.Rank));
        var events = await silo.EventsAsync(before);
        Assert.Equal(
            ["gateway:gtw1 route-opened", "gateway:gtw2 route-opened", "repository:rep1 grant-opened"],
            events.Select(row => $"{row.Audience} {row.Kind}").Order());
        var grant = JsonSerializer.Deserialize(events.Single(row => row.Kind == "grant-opened").Payload, ProtocolJson.Default.RunGrant)!;
        Assert.Equal(new RunGrant(opened.ServerName, "acme", "laptop", "nightly", 1, AccessRights.Full, null), grant);
        Assert.Equal(grant, await silo.Snapshots.GrantAsync("rep1", opened.ServerName, default));
        Assert.Null(await silo.Snapshots.GrantAsync("rep2", opened.ServerName, default));
    }

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddGatewayAsync("gtw2", 2);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
