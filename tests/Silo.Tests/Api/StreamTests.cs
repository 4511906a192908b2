using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>The edge API's event stream, through the client that gateways and repositories use.</summary>
public sealed class StreamTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Stream_WithoutANumber_BeginsWithASnapshotAndGoesOnWithWhatHappens()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var client = world.EdgeClient(gateway);
        await using var events = new Events(client.StreamAsync(null, SiloWorld.Deadline));

        var snapshot = await events.NextAsync(EdgeEventKinds.Snapshot);
        await world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id).ChangeAsync(Wanted(WantedState.Draining), SiloWorld.Deadline);
        var change = await events.NextAsync(EdgeEventKinds.WantedState);

        var state = snapshot.Read<GatewaySnapshot>();
        Assert.Equal((gateway.Identity.Id, SiloWorld.Zone, GatewayWantedState.Active), (state.Gateway, state.Zone, state.WantedState));
        Assert.Equal(state.Sequence, snapshot.Sequence);
        var tenantApi = Assert.Single(state.Targets, target => target.Id == "tenant-api");
        Assert.Equal(world.Tenant.ToString(), $"{tenantApi.Host}:{tenantApi.Port}");
        Assert.Equal(world.ProxyKey(gateway.Identity.Id), tenantApi.ProxyKey);
        Assert.Equal(GatewayWantedState.Draining, change.Read<WantedStateChange>().State);
        Assert.True(change.Sequence > snapshot.Sequence);
    }

    [Fact]
    public async Task Stream_AfterANumber_ReplaysWhatWasMissedOnceAndNoSnapshot()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        var grain = world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id);
        using var client = world.EdgeClient(gateway);
        long after;
        await using (var first = new Events(client.StreamAsync(null, SiloWorld.Deadline)))
        {
            after = (await first.NextAsync(EdgeEventKinds.Snapshot)).Sequence!.Value;
        }

        await grain.ChangeAsync(Wanted(WantedState.Draining), SiloWorld.Deadline);
        await grain.ChangeAsync(Wanted(WantedState.Disabled), SiloWorld.Deadline);
        await using var again = new Events(client.StreamAsync(after, SiloWorld.Deadline));
        var replayed = new List<EdgeEvent>();
        while (replayed.Count(known => known.Kind == EdgeEventKinds.WantedState) < 2)
        {
            replayed.Add(await again.NextAsync());
        }

        await grain.ChangeAsync(Wanted(WantedState.Active), SiloWorld.Deadline);
        var live = await again.NextAsync(EdgeEventKinds.WantedState, replayed);

        Assert.DoesNotContain(replayed, known => known.Kind == EdgeEventKinds.Snapshot);
        Assert.Equal(
            [GatewayWantedState.Draining, GatewayWantedState.Disabled],
            replayed.Where(known => known.Kind == EdgeEventKinds.WantedState).Take(2).Select(known => known.Read<WantedStateChange>().State));
        Assert.Equal(GatewayWantedState.Active, live.Read<WantedStateChange>().State);
        var sequences = replayed.Where(known => known.Sequence is not null).Select(known => known.Sequence!.Value).ToList();
        Assert.Equal(sequences.Distinct().Order(), sequences);
        Assert.All(sequences, sequence => Assert.True(sequence > after));

        // The silo may listen elsewhere since: a gateway that goes on is told where, without a number.
        Assert.Contains(replayed, known => known is { Sequence: null, Kind: EdgeEventKinds.TargetChanged } && known.Read<RelayTarget>().Id == "tenant-api");
    }

    [Fact]
    public async Task Stream_AfterANumberThatTheLogDoesNotReach_BeginsWithASnapshot()
    {
        await using var own = new SiloWorld();
        await own.InitializeAsync();
        var grain = own.Grains.GetGrain<IGatewayGrain>("gtw1");
        for (var i = 0; i < 4; i++)
        {
            await grain.ChangeAsync(Wanted(i % 2 == 0 ? WantedState.Draining : WantedState.Active), SiloWorld.Deadline);
        }

        var log = own.Services.GetRequiredService<IEdgeLog>();
        own.Time.Advance(TimeSpan.FromHours(2));
        await log.PurgeAsync(own.Time.GetUtcNow(), SiloWorld.Deadline);

        // The hub's memory reaches back further than the log that was purged, until it starts anew.
        await own.StopAsync();
        await own.StartAsync();
        using var gateway = await own.EnrolGatewayAsync("gtw2");
        log = own.Services.GetRequiredService<IEdgeLog>();
        var (oldest, newest) = await log.RangeAsync(SiloWorld.Deadline);
        Assert.True(oldest > 2);
        using var client = own.EdgeClient(gateway);
        foreach (var (after, snapshot) in new[] { (0L, true), (oldest - 2, true), (oldest - 1, false), (newest, false), (newest + 1, true), (long.MaxValue, true) })
        {
            await using var events = new Events(client.StreamAsync(after, SiloWorld.Deadline));
            Assert.Equal((after, snapshot), (after, (await events.NextAsync()).Kind == EdgeEventKinds.Snapshot));
        }
    }

    [Fact]
    public async Task Stream_OfEachReceiver_CarriesItsOwnEventsOnly()
    {
        using var one = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var two = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync();
        using var clientOne = world.EdgeClient(one);
        using var clientTwo = world.EdgeClient(two);
        await using var eventsOne = new Events(clientOne.StreamAsync(null, SiloWorld.Deadline));
        await using var eventsTwo = new Events(clientTwo.StreamAsync(null, SiloWorld.Deadline));
        await eventsOne.NextAsync(EdgeEventKinds.Snapshot);
        await eventsTwo.NextAsync(EdgeEventKinds.Snapshot);

        foreach (var (repository, size) in new[] { (one, 5L << 20), (two, 6L << 20), (one, 7L << 20) })
        {
            await world.Grains.GetGrain<ITenantGrain>(tenant).SetQuotaAsync(repository.Identity.Id, size, null, SiloWorld.Deadline);
        }

        var seenByOne = new List<EdgeEvent>();
        await eventsOne.NextAsync(EdgeEventKinds.QuotaChanged, seenByOne);
        await eventsOne.NextAsync(EdgeEventKinds.QuotaChanged, seenByOne);
        var seenByTwo = new List<EdgeEvent>();
        await eventsTwo.NextAsync(EdgeEventKinds.QuotaChanged, seenByTwo);
        using var newGateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        var believedByOne = await eventsOne.NextAsync(EdgeEventKinds.GatewayChanged, seenByOne);
        var believedByTwo = await eventsTwo.NextAsync(EdgeEventKinds.GatewayChanged, seenByTwo);

        Assert.Equal([5L << 20, 7L << 20], Quotas(seenByOne));
        Assert.Equal([6L << 20], Quotas(seenByTwo));
        Assert.Equal(world.Authority.ProxyKey(new(newGateway.Identity.Id, 1), new(one.Identity.Id, 1)), believedByOne.Read<GatewayKey>().ProxyKey);
        Assert.Equal(world.Authority.ProxyKey(new(newGateway.Identity.Id, 1), new(two.Identity.Id, 1)), believedByTwo.Read<GatewayKey>().ProxyKey);
        var logged = await world.QueryAsync(db => db.Set<EdgeLogRow>().Where(row => row.Kind == EdgeEventKinds.GatewayChanged).ToListAsync());
        Assert.All(logged, row => Assert.Empty(JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.GatewayKey)!.ProxyKey));
    }

    [Fact]
    public async Task Stream_OfARevokedCaller_EndsAndDoesNotComeBack()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var client = world.EdgeClient(gateway);
        await using var events = new Events(client.StreamAsync(null, SiloWorld.Deadline));
        await events.NextAsync(EdgeEventKinds.Snapshot);

        await world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id).RevokeAsync(SiloWorld.Deadline);

        Assert.True(await events.EndsAsync());
        await using var again = new Events(client.StreamAsync(null, SiloWorld.Deadline));
        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await again.NextAsync());
        Assert.Equal(ProblemCodes.Revoked, refused.Code);
    }

    [Fact]
    public async Task Stream_WhenNothingHappens_IsHeardAllTheSame()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var client = world.EdgeClient(repository);
        await using var events = new Events(client.StreamAsync(null, SiloWorld.Deadline));
        await events.NextAsync(EdgeEventKinds.Snapshot);

        await events.HeardAsync();
        await events.HeardAsync();
    }

    [Fact]
    public async Task Stream_WithANumberThatIsNone_NamesIt()
    {
        using var client = world.EdgeHttp(world.Gateway);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Last-Event-ID", "minus one");

        var refused = await client.RefusedAsync(HttpMethod.Get, EdgeRoutes.Stream);

        Assert.Equal(400, refused.Status);
        Assert.Contains("'minus one'", Assert.Single(refused.Errors!["Last-Event-ID"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_WhenTheSiloStops_EndsAtOnceAndGoesOnAfterTheRestart()
    {
        await using var own = new SiloWorld();
        await own.InitializeAsync();
        var client = own.EdgeClient(own.Gateway);
        long after;
        await using (var events = new Events(client.StreamAsync(null, SiloWorld.Deadline)))
        {
            after = (await events.NextAsync(EdgeEventKinds.Snapshot)).Sequence!.Value;
            await own.StopAsync();
            Assert.True(await events.EndsAsync());
        }

        client.Dispose();
        await own.StartAsync();
        await own.Grains.GetGrain<IGatewayGrain>("gtw1").ChangeAsync(Wanted(WantedState.Draining), SiloWorld.Deadline);
        using var http = own.EdgeHttp(own.Gateway);
        using var request = new HttpRequestMessage(HttpMethod.Get, EdgeRoutes.Stream);
        request.Headers.Add("Last-Event-ID", after.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string>();
        while (!lines.Contains("event: wanted-state"))
        {
            lines.Add((await reader.ReadLineAsync(SiloWorld.Deadline))!);
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("event: snapshot", lines);
    }

    private static ChangeGateway Wanted(WantedState state) => new(state, null, null, null, null, null, null);

    private static IEnumerable<long> Quotas(IEnumerable<EdgeEvent> events) =>
        events.Where(known => known.Kind == EdgeEventKinds.QuotaChanged).Select(known => known.Read<TenantQuota>().LimitBytes);
}
