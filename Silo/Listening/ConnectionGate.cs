using System.Collections.Concurrent;
using System.Net;
using Headgate.Protocol.Proxy;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>
/// How many connections a listener holds at once, in all and from one source, and which of them never came through their TLS handshake. One that is too many
/// is closed unanswered, before anything was spent on it; counted and logged with the limit and the setting. Safe for concurrent use.
/// </summary>
internal sealed class ConnectionGate(SiloOptions options, ApiMetrics metrics, ILogger<ConnectionGate> logger)
{
    private readonly ConcurrentDictionary<(ApiKind Kind, IPAddress? Source), int> _held = new();

    /// <summary>Connections that a listener holds.</summary>
    public int Held(ApiKind kind) => _held.GetValueOrDefault((kind, null));

    /// <summary>In all, and for the edge API from one address. Comes first.</summary>
    public async Task EnterAsync(ConnectionContext connection, ApiKind kind, Func<ConnectionContext, Task> next)
    {
        var handshake = new Handshake();
        handshake.HasBegun = kind == ApiKind.Edge;
        connection.Features.Set(handshake);
        try
        {
            await LimitAsync(connection, kind, null, kind == ApiKind.Edge ? EnterFromRemoteAsync : next);
        }
        finally
        {
            if (handshake is { HasBegun: true, IsDone: false, IsRefused: false })
            {
                metrics.ConnectionRefused(kind, "no-handshake");
            }
        }

        Task EnterFromRemoteAsync(ConnectionContext admitted) =>
            LimitAsync(admitted, kind, (admitted.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None, next);
    }

    /// <summary>From one source, as a believed gateway told it.</summary>
    public Task EnterToldAsync(ConnectionContext connection, ApiKind kind, Func<ConnectionContext, Task> next) =>
        LimitAsync(connection, kind, connection.Features.GetRequiredFeature<IProxyConnectionFeature>().Header.Source.Address, admitted =>
        {
            Mark(admitted, static handshake => handshake.HasBegun = true);
            return next(admitted);
        });

    /// <summary>TLS stands.</summary>
    public static void HandshakeDone(ConnectionContext connection) => Mark(connection, static handshake => handshake.IsDone = true);

    /// <summary>Refused before TLS, and counted under its own name.</summary>
    public static void Refused(ConnectionContext connection) => Mark(connection, static handshake => handshake.IsRefused = true);

    private static void Mark(ConnectionContext connection, Action<Handshake> mark)
    {
        if (connection.Features.Get<Handshake>() is { } handshake)
        {
            mark(handshake);
        }
    }

    private async Task LimitAsync(ConnectionContext connection, ApiKind kind, IPAddress? source, Func<ConnectionContext, Task> next)
    {
        var key = (kind, source is null ? null : Sources.Of(source));
        var (limit, setting) = LimitOf(kind, source is not null);
        var held = _held.AddOrUpdate(key, 1, static (_, before) => before + 1);
        try
        {
            if (held <= limit)
            {
                await next(connection);
                return;
            }

            Refused(connection);
            metrics.ConnectionRefused(kind, source is null ? "too-many" : "too-many-from-source");
            ListeningLog.TooManyConnections(logger, kind, source?.ToString() ?? "everybody", limit, setting);
            connection.Abort(new ConnectionAbortedException($"More than {limit} connections ({setting})."));
        }
        finally
        {
            var left = _held.AddOrUpdate(key, 0, static (_, before) => before - 1);
            if (left == 0 && source is not null)
            {
                _held.TryRemove(new(key, 0));
            }
        }
    }

    private (int Limit, string Setting) LimitOf(ApiKind kind, bool isPerSource) => (kind == ApiKind.Edge, isPerSource) switch
    {
        (true, true) => (options.EdgeMaxConnectionsPerSource, "--edge-max-connections-per-source"),
        (true, false) => (options.EdgeMaxConnections, "--edge-max-connections"),
        (false, true) => (options.TenantMaxConnectionsPerSource, "--tenant-max-connections-per-source"),
        (false, false) => (options.TenantMaxConnections, "--tenant-max-connections"),
    };

    private sealed class Handshake
    {
        public bool HasBegun { get; set; }

        public bool IsDone { get; set; }

        public bool IsRefused { get; set; }
    }
}
