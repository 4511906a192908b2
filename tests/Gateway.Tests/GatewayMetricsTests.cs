using System.Diagnostics.Metrics;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests;

public sealed class GatewayMetricsTests
{
    [Fact]
    public void Instruments_WhenThingsHappen_CarryValueUnitAndTags()
    {
        var counters = new GatewayCounters(TimeProvider.System);
        var factory = TestMetrics.Factory();
        var metrics = new GatewayMetrics(factory, counters);
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                to.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var tag = tags.Length == 0 ? "" : $"{tags[0].Key}={tags[0].Value}";
            lock (seen)
            {
                seen[$"{instrument.Name} {instrument.Unit} {tag}"] = value;
            }
        });
        listener.Start();

        counters.Accept();
        counters.Accept();
        counters.RelayBegins();
        counters.AddUp(3);
        counters.DrainResets(5);
        counters.AddDown(4);
        metrics.Refused(Refusal.UnknownName);
        metrics.Relayed(RelayEnd.TenantReset);
        metrics.AcceptFailed(AcceptError.Pressure);
        metrics.AcceptPaused();
        metrics.LookedUp("nowhere");
        metrics.HeartbeatSent("answered");
        listener.RecordObservableInstruments();

        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)
            [("headgate.gateway.connections.active {connection} ", 1), ("headgate.gateway.connections.accepted {connection} ", 2),
             ("headgate.gateway.relay.io By direction=up", 3), ("headgate.gateway.relay.io By direction=down", 4),
             ("headgate.gateway.connections.refused {connection} reason=unknown-name", 1), ("headgate.gateway.relay.ended {connection} end=TenantReset", 1),
             ("headgate.gateway.accept.errors {error} tier=Pressure", 1), ("headgate.gateway.drain.resets {connection} ", 5), ("headgate.gateway.accept.pauses {pause} ", 1), ("headgate.gateway.lookups {lookup} outcome=nowhere", 1),
             ("headgate.gateway.heartbeats {heartbeat} outcome=answered", 1)])
        {
            Assert.True(seen.TryGetValue(name, out var found) && found == value, $"{name}: {found}, in {string.Join("; ", seen)}");
        }
    }

    /// <summary>Operators' dashboards and alerts hold these.</summary>
    [Fact]
    public void RefusalNames_Always_AreTheOnesThatWerePromised()
    {
        Assert.Equal(Enum.GetValues<Refusal>().Length, RefusalNames.Count);
        Assert.Equal(
            "connection-limit source-limit handshake-limit source-handshake-limit tenant-limit hello-timeout hello-torn hello-too-long hello-malformed not-tls no-server-name unknown-name "
            + "unknown-name-rate silo-unreachable target-unknown target-unreachable ended fault",
            string.Join(' ', Enum.GetValues<Refusal>().Select(RefusalNames.Of)));
    }
}
