using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A tenant's bandwidth limit: what it may be, and who hears of it.</summary>
public sealed class TenantBandwidthTests
{
    [Theory]
    [InlineData("100 MB/s", 100_000_000L, "100 MB/s")]
    [InlineData("100MB", 100_000_000L, "100 MB/s")]
    [InlineData("1 Gbit/s", 125_000_000L, "125 MB/s")]
    [InlineData("1 gbit/S", 125_000_000L, "125 MB/s")]
    [InlineData("10Gbps", 1_250_000_000L, "1250 MB/s")]
    [InlineData(" 12.5 MiB/s ", 13_107_200L, "12.5 MiB/s")]
    [InlineData("64 KiB/s", 65_536L, "64 KiB/s")]
    [InlineData("65536 B/s", 65_536L, "64 KiB/s")]
    [InlineData("65537 B/s", 65_537L, "65537 B/s")]
    [InlineData("524.288 kbit/s", 65_536L, "64 KiB/s")]
    [InlineData("1 TiB/s", 1L << 40, "1 TiB/s")]
    [InlineData("none", null, "none")]
    [InlineData(" NONE ", null, "none")]
    public void TryParse_OfALimit_TakesItAndFormatSaysItSoThatItIsTakenAgain(string text, long? expected, string said)
    {
        Assert.True(TenantBandwidth.TryParse(text, out var limit), text);
        Assert.Equal((expected, said), (limit, TenantBandwidth.Format(limit)));
        Assert.True(TenantBandwidth.TryParse(said, out var again));
        Assert.Equal(expected, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("100")]
    [InlineData("100 Mb/s")]
    [InlineData("100 mb/s")]
    [InlineData("MB/s")]
    [InlineData("/s")]
    [InlineData("-1 MB/s")]
    [InlineData("1e3 MB/s")]
    [InlineData("1,5 MB/s")]
    [InlineData("65535 B/s")]
    [InlineData("0 MB/s")]
    [InlineData("1.01 TiB/s")]
    [InlineData("99999999999999999999 TiB/s")]
    [InlineData("unlimited")]
    public void TryParse_OfWhatIsNone_Refuses(string text) => Assert.False(TenantBandwidth.TryParse(text, out _), text);

    [Fact]
    public async Task Limit_WhenSetChangedAndLifted_IsStoredAuditedAndCarriedByRoutes()
    {
        await using var silo = await ReadyAsync();
        var tenant = silo.Tenant("acme");
        Assert.Null((await tenant.GetAsync(default)).BytesPerSecond);
        var limited = await tenant.ChangeAsync(Change(1_000_000), default);
        Assert.Equal(1_000_000, limited.BytesPerSecond);
        Assert.Contains("bandwidth limit 1 MB/s", (await silo.AuditAsync("tenant-changed"))[^1].What, StringComparison.Ordinal);

        // What leaves it alone leaves it alone, and tells nobody.
        var before = await silo.NewestAsync();
        Assert.Equal(1_000_000, (await tenant.ChangeAsync(Change(null) with { DisplayName = "Acme 2" }, default)).BytesPerSecond);
        Assert.Equal(before, await silo.NewestAsync());

        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        Assert.Equal([1_000_000L], await PushedAsync(silo, before));
        Assert.Equal(1_000_000, (await silo.Routes.FindAsync(opened.ServerName, "gtw1", default))!.BytesPerSecond);
        var access = limited.Entitlements[0].AccessName;
        Assert.Equal(1_000_000, (await silo.Routes.FindAsync(access, "gtw1", default))!.BytesPerSecond);
        Assert.Equal(1_000_000, Assert.Single((await silo.Snapshots.GatewayAsync("gtw1", default))!.Routes).BytesPerSecond);

        // A change is pushed to who holds the open routes.
        before = await silo.NewestAsync();
        await tenant.ChangeAsync(Change(2_000_000), default);
        Assert.Equal([2_000_000L], await PushedAsync(silo, before));
        before = await silo.NewestAsync();
        Assert.Null((await tenant.ChangeAsync(Change(0), default)).BytesPerSecond);
        Assert.Equal([null], await PushedAsync(silo, before));
        Assert.Null((await silo.Routes.FindAsync(opened.ServerName, "gtw1", default))!.BytesPerSecond);

        await tenant.ChangeAsync(Change(3_000_000), default);
        await using var again = await silo.BesideAsync();
        Assert.Equal(3_000_000, (await again.Tenant("acme").GetAsync(default)).BytesPerSecond);
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(-1)]
    [InlineData((1L << 40) + 1)]
    public async Task Limit_ThatCannotBe_IsRefusedAndNamed(long limit)
    {
        await using var silo = await ReadyAsync();
        var refused = await RefusedAsync(RefusalReason.Invalid, () => silo.Tenant("acme").ChangeAsync(Change(limit), default));
        Assert.Contains("bytesPerSecond", refused.Message, StringComparison.Ordinal);
        await RefusedAsync(RefusalReason.Invalid, () => silo.Tenant("other").CreateAsync(new CreateTenant("Other", [], null, 0, limit), default));
        Assert.Null((await silo.Tenant("acme").GetAsync(default)).BytesPerSecond);
    }

    private static async Task<List<long?>> PushedAsync(SiloWorld silo, long after) => [.. (await silo.EventsAsync(after))
        .Where(row => row.Kind == EdgeEventKinds.RouteOpened)
        .Select(row => JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.GatewayRoute)!.BytesPerSecond)];

    private static ChangeTenant Change(long? bytesPerSecond) => new(null, null, null, null, null, null, bytesPerSecond);

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddRepositoryAsync("rep1");
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        return silo;
    }
}
