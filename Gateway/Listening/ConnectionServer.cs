using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Proxy;
using Headgate.Protocol.Sockets;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Listening;

/// <summary>
/// Serves one accepted connection from limits to relay: admit, read the hello, lead the name to a target, dial, then PROXY header and hello, then bytes
/// both ways. Whatever does not come so far ends with a counted reason and, where the client sent TLS, an alert.
/// </summary>
internal sealed class ConnectionServer(
    GatewayOptions options,
    ConnectionLimits limits,
    DescriptorBudget budget,
    RouteResolver resolver,
    TargetDialer dialer,
    IRelay relay,
    ManagedConnections connections,
    TenantMeters meters,
    GatewayIdentity identity,
    GatewayCounters counters,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ConnectionServer> log)
{
    private const int KeepAliveSeconds = 60;
    private const int KeepAliveIntervalSeconds = 15;
    private const int KeepAliveProbes = 4;
    private const int DrainBytes = 64 * 1024;
    private static readonly TimeSpan s_alertLinger = TimeSpan.FromSeconds(1);

    private readonly WaitingHellos _hellos = new();

    /// <summary>Takes over a socket fresh from accept, for which <see cref="DescriptorBudget.PerConnection"/> descriptors were taken. Returns at once; the connection is held in <see cref="ManagedConnections"/>.</summary>
    public void Take(Socket accepted)
    {
        counters.Accept();
        IPEndPoint source, destination;
        try
        {
            source = (IPEndPoint)accepted.RemoteEndPoint!;
            destination = (IPEndPoint)accepted.LocalEndPoint!;
            Prepare(accepted);
        }
        catch (SocketException)
        {
            // Reset between the kernel's accept and ours.
            Refuse(Refusal.HelloTorn, null);
            accepted.Dispose();
            budget.Return(DescriptorBudget.PerConnection);
            return;
        }

        var key = SourceKey.Of(source.Address);
        if (!limits.TryAdmit(key, out var admission, out var refusal)
            && !(refusal == Refusal.HandshakeLimit && _hellos.TryEndOldest() && limits.TryAdmitInstead(key, out admission, out refusal)))
        {
            Refuse(refusal, source);
            SocketReset.Close(accepted);
            budget.Return(DescriptorBudget.PerConnection);
            return;
        }

        connections.Run(connection => ServeAsync(accepted, source, destination, key, admission, connection));
    }

    private async Task ServeAsync(
        Socket tenant, IPEndPoint source, IPEndPoint destination, SourceKey key, Admission admission, ManagedConnection connection)
    {
        Socket? target = null;
        connection.Source = source;
        try
        {
            if (await ReadHelloAsync(tenant, source, connection) is not { ServerName: { } serverName } hello)
            {
                return;
            }

            connection.ServerName = serverName;
            connection.Stage = "route";
            var answer = await resolver.ResolveAsync(serverName, key, connection.Aborted);
            connection.Aborted.ThrowIfCancellationRequested();
            if (answer.Target is not { } found)
            {
                // Hearing the alert out takes a moment, in which it keeps nobody from being led.
                admission.TryLead(null, out _);
                await RefuseAsync(tenant, source, answer.Refusal, connection.Aborted);
                return;
            }

            // Set before it is looked at again: whoever removes the target after that look finds this connection by it.
            connection.Target = found.Id;
            if (!resolver.Leads(found.Id))
            {
                await RefuseAsync(tenant, source, Refusal.TargetUnknown, connection.Aborted);
                return;
            }

            if (!admission.TryLead(answer.Tenant, out var full))
            {
                await RefuseAsync(tenant, source, full, connection.Aborted);
                return;
            }

            connection.Stage = "dial";
            (target, var why) = await dialer.DialAsync(found, connection.Aborted);
            connection.Aborted.ThrowIfCancellationRequested();
            if (target is null)
            {
                GatewayLog.TargetUnreachable(log, found.Id, found.Host, found.Port, why!);
                await RefuseAsync(tenant, source, Refusal.TargetUnreachable, connection.Aborted);
                return;
            }

            Prepare(target);
            var head = Head(found, source, destination, serverName, hello.Bytes);
            var relayed = new RelayConnection
            {
                Tenant = tenant,
                Target = target,
                Head = head,
                TenantBytesInHead = hello.Bytes.Length,
                Counters = counters,
                Live = connection,
            };
            target = null;
            connection.Meter = meters.Enter(answer.Tenant, answer.BytesPerSecond);
            await RelayAsync(relayed, source, found.Id, connection);
        }
        catch (OperationCanceledException) when (connection.Aborted.IsCancellationRequested)
        {
            Refuse(Refusal.Ended, source);
            SocketReset.Close(tenant);
        }
        catch (SocketException)
        {
            Refuse(Refusal.HelloTorn, source);
        }
        catch (Exception e)
        {
            // One connection's fault must not end the gateway; it is counted and logged.
            GatewayLog.ConnectionFault(log, e);
            Refuse(Refusal.Fault, source);
        }
        finally
        {
            target?.Dispose();
            tenant.Dispose();
            budget.Return(DescriptorBudget.PerConnection);
            admission.Dispose();
            if (connection.Meter is { } meter)
            {
                meters.Leave(meter);
            }
        }
    }

    private async Task<ReadHello?> ReadHelloAsync(Socket tenant, IPEndPoint source, ManagedConnection connection)
    {
        var waiting = _hellos.Enter(connection);
        using var deadline = new CancellationTokenSource(options.HelloTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(connection.Aborted, deadline.Token);
        try
        {
            var hello = await ClientHelloReader.ReadAsync(tenant, both.Token);
            if (!hello.IsRefused(out var refusal))
            {
                return hello;
            }

            await RefuseAsync(tenant, source, refusal, connection.Aborted);
        }
        catch (OperationCanceledException) when (!_hellos.Leave(waiting))
        {
            // It had waited longest, and another one came.
            Refuse(Refusal.HandshakeLimit, source);
            SocketReset.Close(tenant);
        }
        catch (OperationCanceledException) when (!connection.Aborted.IsCancellationRequested)
        {
            Refuse(Refusal.HelloTimeout, source);
            SocketReset.Close(tenant);
        }
        finally
        {
            _hellos.Leave(waiting);
        }

        return null;
    }

    private async Task RelayAsync(RelayConnection relayed, IPEndPoint source, string target, ManagedConnection connection)
    {
        counters.RelayBegins();
        connection.Stage = "relay";
        var began = time.GetTimestamp();
        RelayResult result = default;
        try
        {
            GatewayLog.RelayBegins(log, source, target);
            result = await relay.RunAsync(relayed, connection.Aborted);
        }
        finally
        {
            counters.RelayEnds();
            metrics.Relayed(result.End);
            GatewayLog.RelayEnded(log, source, target, result.End, result.BytesUp, result.BytesDown, time.GetElapsedTime(began));
        }
    }

    private byte[] Head(RelayTarget target, IPEndPoint source, IPEndPoint destination, string serverName, byte[] hello)
    {
        var header = new ProxyHeader(source, destination, serverName, identity.Id).Write(target.ProxyKey);
        return [.. header, .. hello];
    }

    private void Refuse(Refusal refusal, IPEndPoint? source)
    {
        counters.Refuse(refusal);
        metrics.Refused(refusal);
        GatewayLog.Refused(log, source, RefusalNames.Of(refusal));
    }

    /// <summary>
    /// Says why by an alert, then waits a moment for the client to close: closing with unread bytes would reset the connection and take the alert away.
    /// </summary>
    private async Task RefuseAsync(Socket tenant, IPEndPoint source, Refusal refusal, CancellationToken cancellationToken)
    {
        Refuse(refusal, source);
        if (refusal == Refusal.HelloTorn)
        {
            return;
        }

        using var deadline = new CancellationTokenSource(s_alertLinger, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await tenant.SendAsync(TlsAlert.Record(TlsAlert.For(refusal)), SocketFlags.None, both.Token);
            tenant.Shutdown(SocketShutdown.Send);
            var scrap = new byte[4096];
            for (var drained = 0; drained < DrainBytes;)
            {
                var received = await tenant.ReceiveAsync(scrap, SocketFlags.None, both.Token);
                if (received == 0)
                {
                    return;
                }

                drained += received;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The refusal is counted; whether the client heard the reason is its own affair.
        }
    }

    private static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
    }
}
