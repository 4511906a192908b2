using System.Diagnostics.Metrics;
using Headgate.Protocol.Resume;
using Headgate.Repository.Access;
using Headgate.Repository.Blobs;
using Headgate.Repository.Restic;
using Headgate.Repository.Resume;

namespace Headgate.Repository;

/// <summary>What the repository counts. Tags are bounded: reasons, types and directions.</summary>
internal sealed class RepositoryMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Headgate.Repository";

    private readonly Meter _meter;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _connectionsEnded;
    private readonly Counter<long> _requestsRefused;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _uploadsBroken;
    private readonly Counter<long> _deletes;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _edge;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _leaseRequests;
    private readonly Histogram<double> _leaseWaits;
    private readonly Counter<long> _superseded;
    private readonly Counter<long> _recountsFailed;
    private readonly UpDownCounter<long> _sessions;
    private readonly UpDownCounter<long> _sessionsSuspended;
    private readonly Counter<long> _sessionsResumed;
    private readonly Counter<long> _sessionsRefused;
    private readonly Counter<long> _sessionsEnded;

    public RepositoryMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _connections = _meter.CreateUpDownCounter<long>("headgate.repository.connections.active", "{connection}", "Connections whose PROXY header was right.");
        _connectionsRefused = _meter.CreateCounter<long>("headgate.repository.connections.refused", "{connection}", "Connections refused before HTTP, by reason.");
        _connectionsEnded = _meter.CreateCounter<long>("headgate.repository.connections.ended", "{connection}", "Live connections ended by this side, by reason.");
        _requestsRefused = _meter.CreateCounter<long>("headgate.repository.requests.refused", "{request}", "Requests refused, by reason.");
        _bytes = _meter.CreateCounter<long>("headgate.repository.bytes", "By", "Payload, by direction.");
        _commits = _meter.CreateCounter<long>("headgate.repository.objects.committed", "{object}", "Objects committed or renewed, by type.");
        _uploadsBroken = _meter.CreateCounter<long>("headgate.repository.uploads.broken", "{upload}", "Uploads whose body did not arrive whole.");
        _deletes = _meter.CreateCounter<long>("headgate.repository.objects.deleted", "{object}", "Objects deleted, by type.");
        _damaged = _meter.CreateCounter<long>("headgate.repository.objects.damaged", "{object}", "Stored objects found not to hash to their name.");
        _edge = _meter.CreateCounter<long>("headgate.repository.edge.failures", "{failure}", "Failed exchanges with the silo, by kind.");
        _leaseRequests = _meter.CreateCounter<long>("headgate.repository.leases.requests", "{request}", "Lease requests that the silo answered.");
        _leaseWaits = _meter.CreateHistogram<double>("headgate.repository.leases.wait", "s", "How long uploads waited for room that only the silo could grant.");
        _superseded = _meter.CreateCounter<long>("headgate.repository.leases.superseded", "{process}", "1 once this process was told to write no more.");
        _recountsFailed = _meter.CreateCounter<long>("headgate.repository.recounts.failed", "{recount}", "Counts of a tenant's objects that the disk broke off.");
        _sessions = _meter.CreateUpDownCounter<long>("headgate.repository.sessions.active", "{session}", "Resumable streams, waiting ones among them.");
        _sessionsSuspended = _meter.CreateUpDownCounter<long>("headgate.repository.sessions.suspended", "{session}", "Resumable streams that no connection carries.");
        _sessionsResumed = _meter.CreateCounter<long>("headgate.repository.sessions.resumed", "{leg}", "Connections on which a resumable stream went on.");
        _sessionsRefused = _meter.CreateCounter<long>("headgate.repository.sessions.refused", "{leg}", "Connections refused as a leg, by reason.");
        _sessionsEnded = _meter.CreateCounter<long>("headgate.repository.sessions.ended", "{session}", "Resumable streams that are over, by reason.");
        _commitDuration = _meter.CreateHistogram<double>("headgate.repository.commit.duration", "s", "From the last byte to a durable name.");
    }

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed() => _connections.Add(-1);

    public void ConnectionRefused(ConnectionRefusal reason) => _connectionsRefused.Add(1, Reason(reason));

    public void ConnectionEnded(ConnectionEnd reason) => _connectionsEnded.Add(1, Reason(reason));

    public void RequestRefused(RefusalReason reason) => _requestsRefused.Add(1, Reason(reason));

    public void BytesUp(int bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "up"));

    public void BytesDown(int bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "down"));

    public void Committed(BlobType type, TimeSpan duration)
    {
        _commits.Add(1, Type(type));
        _commitDuration.Record(duration.TotalSeconds);
    }

    public void UploadBroken() => _uploadsBroken.Add(1);

    public void Deleted(BlobType type) => _deletes.Add(1, Type(type));

    public void Damaged() => _damaged.Add(1);

    public void EdgeFailed(string kind) => _edge.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void LeaseAnswered() => _leaseRequests.Add(1);

    public void LeaseAwaited(TimeSpan duration) => _leaseWaits.Record(duration.TotalSeconds);

    public void Superseded() => _superseded.Add(1);

    public void RecountFailed() => _recountsFailed.Add(1);

    public void SessionOpened() => _sessions.Add(1);

    public void SessionSuspended(int by) => _sessionsSuspended.Add(by);

    public void SessionResumed() => _sessionsResumed.Add(1);

    public void SessionRefused(SessionRefusal reason) => _sessionsRefused.Add(1, Reason(reason));

    public void SessionEnded(SessionEnd end)
    {
        _sessions.Add(-1);
        _sessionsEnded.Add(1, new KeyValuePair<string, object?>("reason", NameOf(end)));
    }

    /// <summary>Tells what replay buffers hold, whenever somebody looks.</summary>
    public void ObserveHeld(Func<long> held) => _meter.CreateObservableUpDownCounter(
        "headgate.repository.sessions.held", held, "By", "Memory that resumable streams hold to send again.");

    /// <summary>An end as counters and logs spell it: <c>completed</c>, <c>expired</c>, our own reason, or <c>peer-</c> and the peer's.</summary>
    public static string NameOf(SessionEnd end) => end.Kind switch
    {
        SessionEndKind.ResetByUs => Words.Kebab(end.Fault.ToString()),
        SessionEndKind.ResetByPeer => "peer-" + Words.Kebab(end.Fault.ToString()),
        _ => Words.Kebab(end.Kind.ToString()),
    };

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Reason<T>(T reason)
        where T : struct, Enum => new("reason", Words.Kebab(reason.ToString()));

    private static KeyValuePair<string, object?> Type(BlobType type) => new("type", BlobTypes.NameOf(type));
}
