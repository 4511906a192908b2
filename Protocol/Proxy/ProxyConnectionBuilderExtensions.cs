using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Protocol.Proxy;

/// <summary>The Kestrel side of the PROXY header.</summary>
public static class ProxyConnectionBuilderExtensions
{
    private static readonly TimeSpan s_headerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Demands a PROXY v2 header in front of every connection, before TLS, within 5 s. A connection without a right one is closed unanswered.
    /// What was told is in the connection's features as <see cref="IProxyConnectionFeature"/>.
    /// </summary>
    /// <param name="builder">The listener's connection pipeline; call this before <c>UseHttps</c>.</param>
    /// <param name="keyOfGateway">The key that a gateway shares with this target, or null when it is not to be believed. Called on many threads.</param>
    /// <param name="onRefused">Called once for each refused connection, to count and log it.</param>
    /// <param name="learn">Called when the gateway is not known, before it is refused: it may have enrolled a moment ago. Default: nothing to learn.</param>
    public static IConnectionBuilder UseProxyProtocol(
        this IConnectionBuilder builder,
        Func<string, byte[]?> keyOfGateway,
        Action<ProxyReadStatus> onRefused,
        Func<CancellationToken, Task>? learn = null) =>
        builder.Use(next => async connection =>
        {
            var (status, header) = await ReadAsync(connection, keyOfGateway, learn);
            if (header is null)
            {
                onRefused(status);
                connection.Abort(new ConnectionAbortedException($"The PROXY header was refused: {status}."));
                return;
            }

            connection.Features.Set<IProxyConnectionFeature>(new Feature(header));
            await next(connection);
        });

    private static async ValueTask<(ProxyReadStatus Status, ProxyHeader? Header)> ReadAsync(
        ConnectionContext connection,
        Func<string, byte[]?> keyOfGateway,
        Func<CancellationToken, Task>? learn)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        deadline.CancelAfter(s_headerTimeout);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(deadline.Token);
                var buffer = result.Buffer;
                var start = buffer.Start;
                var status = ProxyHeader.TryRead(ref buffer, keyOfGateway, out var header);
                if (status == ProxyReadStatus.UnknownGateway && learn is not null)
                {
                    await learn(deadline.Token);
                    status = ProxyHeader.TryRead(ref buffer, keyOfGateway, out header);
                }

                if (status == ProxyReadStatus.NeedMore && !result.IsCompleted)
                {
                    input.AdvanceTo(start, buffer.End);
                    continue;
                }

                input.AdvanceTo(buffer.Start);
                return (status == ProxyReadStatus.NeedMore ? ProxyReadStatus.Malformed : status, header);
            }
        }
        catch (OperationCanceledException)
        {
            return (ProxyReadStatus.Late, null);
        }
        catch (ConnectionResetException)
        {
            return (ProxyReadStatus.Malformed, null);
        }
    }

    private sealed record Feature(ProxyHeader Header) : IProxyConnectionFeature;
}
