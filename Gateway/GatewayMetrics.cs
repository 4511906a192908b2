using System.Diagnostics.Metrics;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;

namespace Headgate.Gateway;

/// <summary>The gateway's instruments. Tags are bounded: reasons, ends, tiers, outcomes; never names or addresses.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>The meter.</summary>
    public const string MeterName = "Headgate.Gateway";

    // An enum's own ToString allocates, and this is counted for every connection.
    private static readonly string[] s_ends = Enum.GetNames<RelayEnd>();

    private readonly Counter<long> _refused;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _acceptErrors;
    private readonly Counter<long> _acceptPauses;
    private readonly Counter<long> _lookUps;
    private readonly Counter<long> _heartbeats;

    public GatewayMetrics(IMeterFactory meters, GatewayCounters counters)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableUpDownCounter(
            "headgate.gateway.connections.active", () => counters.Active, "{connection}", "Connections being relayed.");
        meter.CreateObservableCounter(
            "headgate.gateway.connections.accepted", () => counters.Accepted, "{connection}", "Connections taken from the listening sockets.");
        meter.CreateObservableCounter(
            "headgate.gateway.relay.io",
            () => (Measurement<long>[])
            [
                new(counters.BytesUp, new KeyValuePair<string, object?>("direction", "up")),
                new(counters.BytesDown, new KeyValuePair<string, object?>("direction", "down")),
            ],
            "By",
            "Bytes that the far side took.");
        meter.CreateObservableCounter(
            "headgate.gateway.drain.resets", () => counters.ResetByDrain, "{connection}", "Connections that the end of a drain reset.");
        _refused = meter.CreateCounter<long>("headgate.gateway.connections.refused", "{connection}", "Connections not relayed, by reason.");
        _ended = meter.CreateCounter<long>("headgate.gateway.relay.ended", "{connection}", "Relays ended, by side and cause.");
        _acceptErrors = meter.CreateCounter<long>("headgate.gateway.accept.errors", "{error}", "Errors of accept, by tier.");
        _acceptPauses = meter.CreateCounter<long>("headgate.gateway.accept.pauses", "{pause}", "Times that accepting paused because descriptors ran short.");
        _lookUps = meter.CreateCounter<long>("headgate.gateway.lookups", "{lookup}", "Names asked of the silo, by outcome.");
        _heartbeats = meter.CreateCounter<long>("headgate.gateway.heartbeats", "{heartbeat}", "Heartbeats, by outcome.");
    }

    public void Refused(Refusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("reason", RefusalNames.Of(refusal)));

    public void Relayed(RelayEnd end) => _ended.Add(1, new KeyValuePair<string, object?>("end", s_ends[(int)end]));

    public void AcceptFailed(AcceptError tier) => _acceptErrors.Add(1, new KeyValuePair<string, object?>("tier", tier.ToString()));

    public void AcceptPaused() => _acceptPauses.Add(1);

    public void LookedUp(string outcome) => _lookUps.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void HeartbeatSent(string outcome) => _heartbeats.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
