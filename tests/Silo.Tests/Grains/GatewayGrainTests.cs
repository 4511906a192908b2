using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class GatewayGrainTests
{
    [Fact]
    public async Task CreateAsync_WhenTheAddressIsTaken_IsRefusedByTheConstraint()
    {
        await using var silo = await StartAsync();
        await silo.Gateway("gtw1").CreateAsync(Create("gw.example.com", 6180), default);
        var refused = await RefusedAsync(RefusalReason.Exists, () => silo.Gateway("gtw2").CreateAsync(Create("gw.example.com", 6180), default));
        Assert.Contains("gw.example.com:6180", refused.Message, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.NotFound, () => silo.Gateway("gtw2").GetAsync(default));
        await silo.Gateway("gtw2").CreateAsync(Create("gw.example.com", 443), default);
        await RefusedAsync(RefusalReason.Exists, () => silo.Gateway("gtw2").ChangeAsync(Change() with { Port = 6180 }, default));
        Assert.Equal(443, (await silo.Gateway("gtw2").GetAsync(default)).Port);
        await RefusedAsync(RefusalReason.Exists, () => silo.Gateway("gtw1").CreateAsync(Create("other.example.com", 1), default));
    }

    [Theory]
    [InlineData("GW", 6180, 100, "default")]
    [InlineData("gw.example.com", 0, 100, "default")]
    [InlineData("gw.example.com", 6180, 0, "default")]
    [InlineData("gw.example.com", 6180, 1001, "default")]
    [InlineData("gw.example.com", 6180, 100, "Not a pool")]
    public async Task CreateAsync_WhenAValueCannotBe_NamesIt(string host, int port, int weight, string pool)
    {
        await using var silo = await StartAsync();
        await RefusedAsync(
            RefusalReason.Invalid, () => silo.Gateway("gtw1").CreateAsync(new CreateGateway(GatewayMode.Direct, host, port, weight, [pool]), default));
    }

    [Fact]
    public async Task EnrolAsync_WhenFresh_RepositoriesLearnToBelieveIt()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        var gateway = silo.Gateway("gtw1");
        await gateway.CreateAsync(Create("gw.example.com", 6180), default);
        await RefusedAsync(RefusalReason.Revoked, () => gateway.CheckAsync("00", default));
        var secret = await gateway.CreateCodeAsync(TimeSpan.FromHours(1), default);
        var before = await silo.NewestAsync();
        Assert.Empty((await silo.Snapshots.RepositoryAsync("rep1", default))!.Gateways);

        var certificate = await gateway.EnrolAsync(Claim(secret), default);

        Assert.Equal("urn:headgate:gateway:gtw1", certificate.Identity);
        await gateway.CheckAsync(certificate.Serial, default);
        await RefusedAsync(RefusalReason.Revoked, () => gateway.CheckAsync("00", default));
        var row = Assert.Single(await silo.EventsAsync(before));
        Assert.Equal(("repositories", "gateway-changed"), (row.Audience, row.Kind));
        // The key is not in the log; the stream fills it in for each repository.
        Assert.Empty(JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.GatewayKey)!.ProxyKey);
        var keys = silo.Services.GetRequiredService<ISiloKeys>();
        var told = JsonSerializer.Deserialize(EdgePayload.For(row, new ProxyEnd("rep1", 1), keys, silo.Time.GetUtcNow()), ProtocolJson.Default.GatewayKey)!;
        Assert.Equal("gtw1", told.Gateway);
        Assert.Equal(keys.ProxyKey(new ProxyEnd("gtw1", 1), new ProxyEnd("rep1", 1)), told.ProxyKey);
        Assert.Equivalent(told, Assert.Single((await silo.Snapshots.RepositoryAsync("rep1", default))!.Gateways), strict: true);
        Assert.Equivalent(certificate, await gateway.EnrolAsync(Claim(secret), default), strict: true);
        await RefusedAsync(RefusalReason.CodeUsed, () => gateway.EnrolAsync(Claim(secret, "key-2"), default));
        Assert.Single(await silo.AuditAsync("code-used-again"));
    }

    [Fact]
    public async Task RevokeAsync_WhenEnrolled_NobodyBelievesItUntilItEnrolsAnew()
    {
        await using var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        var gateway = await silo.AddGatewayAsync("gtw1", 1);
        var unused = await gateway.CreateCodeAsync(TimeSpan.FromHours(1), default);
        var before = await silo.NewestAsync();

        Assert.True((await gateway.RevokeAsync(default)).Revoked);
        Assert.True((await gateway.RevokeAsync(default)).Revoked);

        var row = Assert.Single(await silo.EventsAsync(before));
        Assert.Equal(("repositories", "gateway-removed", """{"id":"gtw1"}"""), (row.Audience, row.Kind, row.Payload));
        await RefusedAsync(RefusalReason.Revoked, () => silo.HeardAsync("gtw1"));
        await RefusedAsync(RefusalReason.Revoked, () => gateway.RenewAsync("01", TestAuthority.Key("k"), default));
        await RefusedAsync(RefusalReason.CodeRefused, () => gateway.EnrolAsync(Claim(unused), default));
        Assert.Empty((await silo.Pool("default").GetAsync(default)).Members);
        Assert.Empty((await silo.Snapshots.RepositoryAsync("rep1", default))!.Gateways);

        var certificate = await gateway.EnrolAsync(Claim(await gateway.CreateCodeAsync(TimeSpan.FromHours(1), default), "key-2"), default);
        await gateway.CheckAsync(certificate.Serial, default);
        await silo.HeardAsync("gtw1");
        Assert.Single((await silo.Pool("default").GetAsync(default)).Members);
    }

    [Fact]
    public async Task HeartbeatAsync_WhenItStops_ListsLeaveItOutAtOnceWithoutDoubt()
    {
        await using var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1);
        var stopping = await silo.AddGatewayAsync("gtw2", 2);

        await stopping.HeartbeatAsync(new GatewayLoad("0.1.0", 3, 9, 0, 0, 0, 1, Stopping: true), [], default);
        var left = await silo.Pool("default").GetAsync(default);
        await stopping.ChangeAsync(Change() with { Weight = 50 }, default);
        var changed = await silo.Pool("default").GetAsync(default);
        await silo.HeardAsync("gtw2");

        Assert.Equal((false, "gtw1"), (left.Doubtful, Assert.Single(left.Members).Gateway));
        Assert.Equal("gtw1", Assert.Single(changed.Members).Gateway);
        Assert.Equal(2, (await silo.Pool("default").GetAsync(default)).Members.Length);
    }

    [Fact]
    public async Task ChangeAsync_WhenDrained_PoolAndGatewayHearOfIt()
    {
        await using var silo = await StartAsync();
        var gateway = await silo.AddGatewayAsync("gtw1", 1);
        var version = (await silo.Pool("default").GetAsync(default)).Version;
        var before = await silo.NewestAsync();

        var info = await gateway.ChangeAsync(Change() with { WantedState = WantedState.Draining, Pools = ["north"] }, default);

        Assert.Equal((WantedState.Draining, "north"), (info.WantedState, info.Pools.Single()));
        Assert.True((await silo.Pool("default").GetAsync(default)).Version > version);
        Assert.Empty((await silo.Pool("default").GetAsync(default)).Members);
        Assert.Equal(WantedState.Draining, (await silo.Pool("north").GetAsync(default)).Members.Single().WantedState);
        var row = Assert.Single(await silo.EventsAsync(before));
        Assert.Equal(("gateway:gtw1", "wanted-state", """{"state":"Draining"}"""), (row.Audience, row.Kind, row.Payload));
        Assert.Equal(new GatewayOrder(WantedState.Draining), await silo.HeardAsync("gtw1"));
        Assert.Equal(GatewayWantedState.Draining, (await silo.Snapshots.GatewayAsync("gtw1", default))!.WantedState);
        await RefusedAsync(RefusalReason.Changed, () => gateway.ChangeAsync(Change() with { Weight = 5, ExpectedVersion = 1 }, default));
    }

    [Fact]
    public async Task Repository_WhenMadeMovedAndRevoked_GatewaysHearOfIt()
    {
        await using var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1);
        var before = await silo.NewestAsync();
        var repository = await silo.AddRepositoryAsync("rep1");
        await repository.MoveAsync("storage.internal", 7000, null, default);
        await repository.HeartbeatAsync(new RepositoryState("0.1.0", 1, 1000, 500), default);
        Assert.Equal((silo.Time.GetUtcNow(), 500L), ((await repository.GetAsync(default)).LastHeard, (await repository.GetAsync(default)).State!.FreeBytes));

        var rows = (await silo.EventsAsync(before)).Where(row => row.Audience == "gateways").ToList();
        Assert.All(rows, row => Assert.Equal("target-changed", row.Kind));
        var keys = silo.Services.GetRequiredService<ISiloKeys>();
        var target = JsonSerializer.Deserialize(EdgePayload.For(rows[^1], new ProxyEnd("gtw1", 1), keys, silo.Time.GetUtcNow()), ProtocolJson.Default.RelayTarget)!;
        Assert.Equal(("rep1", "storage.internal", 7000), (target.Id, target.Host, target.Port));
        Assert.Equal(keys.ProxyKey(new ProxyEnd("gtw1", 1), new ProxyEnd("rep1", 1)), target.ProxyKey);
        Assert.Equivalent(target, (await silo.Snapshots.GatewayAsync("gtw1", default))!.Targets[^1], strict: true);

        before = await silo.NewestAsync();
        await repository.RevokeAsync(default);
        Assert.Equal(["gateways target-removed"], (await silo.EventsAsync(before)).Select(row => $"{row.Audience} {row.Kind}"));
        Assert.Equal(["tenant-api"], (await silo.Snapshots.GatewayAsync("gtw1", default))!.Targets.Select(known => known.Id));
        Assert.Null(await silo.Snapshots.GatewayAsync("gtw9", default));
        Assert.Null(await silo.Snapshots.RepositoryAsync("rep9", default));
    }

    private static CreateGateway Create(string host, int port) => new(GatewayMode.Nat, host, port, 100, []);

    private static ChangeGateway Change() => new(null, null, null, null, null, null, null);
}
