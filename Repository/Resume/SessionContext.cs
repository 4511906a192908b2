using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Headgate.Repository.Resume;

/// <summary>
/// The connection that Kestrel's HTTP sees of a session. It stands still while no leg carries the session and ends only when the session does.
/// Of the features that HTTP looks for, <see cref="IConnectionHeartbeatFeature"/> is left out on purpose: without it Kestrel's own timeouts and rates
/// never tick, and the stall rule and the session's wait take their place.
/// </summary>
internal sealed class SessionContext : ConnectionContext, IConnectionLifetimeNotificationFeature
{
    // Neither is disposed of: they have no timers, and whoever ends connections may come a moment after the session's end.
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _closeRequested = new();
    private Action _abort = static () => { };
    private IDuplexPipe? _transport;
    private IDictionary<object, object?>? _items;

    /// <summary>A connection that takes its addresses from its first leg, and from it what Kestrel keeps about a connection for itself.</summary>
    public SessionContext(ConnectionContext leg)
    {
        ConnectionId = leg.ConnectionId + "S";
        LocalEndPoint = leg.LocalEndPoint;
        RemoteEndPoint = leg.RemoteEndPoint;
        foreach (var (type, feature) in leg.Features)
        {
            // Kestrel's HTTP demands the record of its own measurements, whose type only Kestrel can name.
            if (!type.IsVisible && type.Assembly.GetName().Name == "Microsoft.AspNetCore.Server.Kestrel.Core")
            {
                Features[type] = feature;
            }
        }

        // HTTP takes the scheme from the presence of this one. The leg's own would hold its TLS stream for the session's life.
        Features.Set<ITlsConnectionFeature>(new TlsConnectionFeature());
        Features.Set<IConnectionLifetimeNotificationFeature>(this);
        ConnectionClosed = _closed.Token;
        ConnectionClosedRequested = _closeRequested.Token;
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => _transport ?? throw new InvalidOperationException("The session is not there yet.");
        set => _transport = value;
    }

    public CancellationToken ConnectionClosedRequested { get; set; }

    /// <summary>What resets the session; nothing until it is there.</summary>
    public void OnAbort(Action abort) => _abort = abort;

    /// <summary>HTTP ends the connection after the request under way; at once when there is none.</summary>
    public void RequestClose() => _closeRequested.Cancel();

    /// <summary>
    /// The session is over: requests under way are aborted. Kestrel must know before a read fails, or it takes the failure for one of the
    /// application, so this has told it when it returns.
    /// </summary>
    public void Close() => _closed.Cancel();

    public override void Abort(ConnectionAbortedException abortReason) => Abort();

    public override void Abort()
    {
        _abort();
        Close();
    }
}
