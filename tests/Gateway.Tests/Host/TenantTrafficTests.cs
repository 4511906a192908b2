using System.Diagnostics;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Host;

/// <summary>What heartbeats say of tenants, and what the silo answers of their bandwidth.</summary>
public sealed class TenantTrafficTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Heartbeats_WhileTenantsAreThere_TellWhatEachMovesAndTakeTheirSharesOver(string engine)
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.RelayEngine = Enum.Parse<RelayEngine>(engine, ignoreCase: true);
        var name = GatewayUnderTest.Route('a');
        gateway.Edge.Routes[name] = GatewayUnderTest.To(name) with { BytesPerSecond = 1L << 30 };
        gateway.Edge.Routes[GatewayUnderTest.Route('b')] = GatewayUnderTest.To(GatewayUnderTest.Route('b')) with { Tenant = "other" };
        await gateway.StartAsync();
        await using var first = await gateway.TlsAsync(name);
        await using var second = await gateway.TlsAsync(name);
        await using var others = await gateway.TlsAsync(GatewayUnderTest.Route('b'));
        await Eventually.TrueAsync(
            () => Last(gateway, "acme") is { Connections: 2 } && Last(gateway, "other") is { Connections: 1 }, () => $"{Last(gateway, "acme")}, {Last(gateway, "other")}");

        // Unlimited it is faster than the share that comes then.
        const int Share = 256 * 1024;
        await Eventually.TrueAsync(
            async () =>
            {
                await GatewayUnderTest.EchoAsync(first, new string('x', 4 << 20));
                return gateway.Edge.Heartbeats.Any(beat => Of(beat, "acme") is { UpBytesPerSecond: > 2 * Share, DownBytesPerSecond: > 2 * Share });
            },
            () => $"{Last(gateway, "acme")}");

        gateway.Edge.Answered = _ => [new BandwidthShare("acme", Share, Share)];
        var beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count > beats + 2, () => "no heartbeats come");
        var began = Stopwatch.GetTimestamp();
        await GatewayUnderTest.EchoAsync(first, new string('y', 4 * Share));
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(2), $"Four seconds' worth took {Stopwatch.GetElapsedTime(began)}.");
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Any(beat => Of(beat, "acme") is { UpHeldBack: true }), () => $"{Last(gateway, "acme")}");
        Assert.DoesNotContain(gateway.Edge.Heartbeats, beat => Of(beat, "other") is { UpHeldBack: true } or { DownHeldBack: true });

        // Lifted: nulls.
        gateway.Edge.Answered = _ => [new BandwidthShare("acme", null, null)];
        beats = gateway.Edge.Heartbeats.Count;
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count > beats + 2, () => "no heartbeats come");
        var heldBack = gateway.Edge.Heartbeats.Count;
        await GatewayUnderTest.EchoAsync(second, new string('z', 4 << 20));
        await Eventually.TrueAsync(() => gateway.Edge.Heartbeats.Count > heldBack + 2, () => "no heartbeats come");
        Assert.DoesNotContain(gateway.Edge.Heartbeats.Skip(heldBack + 1), beat => Of(beat, "acme") is { UpHeldBack: true });
    }

    private static TenantTraffic? Last(GatewayUnderTest gateway, string tenant) => gateway.Edge.Heartbeats.LastOrDefault() is { } beat ? Of(beat, tenant) : null;

    private static TenantTraffic? Of(GatewayHeartbeat beat, string tenant) => beat.Tenants?.SingleOrDefault(traffic => traffic.Tenant == tenant);
}
