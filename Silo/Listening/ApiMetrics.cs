using System.Diagnostics.Metrics;

namespace Headgate.Silo.Listening;

/// <summary>Counters of the silo's APIs, meter <c>Headgate.Silo.Api</c>. Tags are bounded: an API's name, a reason or code of ours.</summary>
internal sealed class ApiMetrics
{
    public const string MeterName = "Headgate.Silo.Api";

    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _connectionsEnded;
    private readonly Counter<long> _requestsRefused;
    private readonly Counter<long> _ratesExceeded;
    private readonly Counter<long> _streamsEnded;
    private readonly Counter<long> _events;
    private readonly Counter<long> _snapshots;
    private readonly Counter<long> _auditDropped;
    private readonly UpDownCounter<long> _streams;

    public ApiMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _connectionsRefused = meter.CreateCounter<long>("headgate.silo.connections.refused", "{connection}", "Connections refused before a request, by reason.");
        _connectionsEnded = meter.CreateCounter<long>("headgate.silo.connections.ended", "{connection}", "Live connections that this side ended, by reason.");
        _requestsRefused = meter.CreateCounter<long>("headgate.silo.requests.refused", "{request}", "Requests answered with problem details, by code.");
        _ratesExceeded = meter.CreateCounter<long>("headgate.silo.rates.exceeded", "{request}", "Requests refused because too many came, by rule.");
        _streams = meter.CreateUpDownCounter<long>("headgate.silo.streams.open", "{stream}", "Open event streams.");
        _streamsEnded = meter.CreateCounter<long>("headgate.silo.streams.ended", "{stream}", "Event streams that ended, by reason.");
        _events = meter.CreateCounter<long>("headgate.silo.streams.events", "{event}", "Events sent on event streams.");
        _snapshots = meter.CreateCounter<long>("headgate.silo.streams.snapshots", "{snapshot}", "Snapshots read for event streams; one may go to several.");
        _auditDropped = meter.CreateCounter<long>("headgate.silo.audit.dropped", "{entry}", "Audit entries that could not be written.");
    }

    public void ConnectionRefused(ApiKind api, string reason) => _connectionsRefused.Add(1, Api(api), new("reason", reason));

    public void ConnectionEnded(ApiKind api, string reason) => _connectionsEnded.Add(1, Api(api), new("reason", reason));

    public void RequestRefused(ApiKind api, string code) => _requestsRefused.Add(1, Api(api), new("code", code));

    public void RateExceeded(string rule) => _ratesExceeded.Add(1, new KeyValuePair<string, object?>("rule", rule));

    public void StreamOpened() => _streams.Add(1);

    public void StreamEnded(string reason)
    {
        _streams.Add(-1);
        _streamsEnded.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    public void SnapshotRead() => _snapshots.Add(1);

    public void EventSent() => _events.Add(1);

    public void AuditDropped() => _auditDropped.Add(1);

    private static KeyValuePair<string, object?> Api(ApiKind api) => new("api", api.ToString().ToLowerInvariant());
}
