using System.Net;
using System.Net.Sockets;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Routing;

/// <summary>Connects to registered targets: every address of the name in turn, within one time limit.</summary>
internal sealed class TargetDialer(TimeSpan timeout, TimeProvider time)
{
    /// <summary>A connected socket that the caller owns, or null with a sentence about why not.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> ended the attempt; the time limit never throws.</exception>
    public async Task<(Socket? Socket, string? Why)> DialAsync(RelayTarget target, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var why = "its name has no address";
        try
        {
            var addresses = IPAddress.TryParse(target.Host, out var address) ? [address] : await Dns.GetHostAddressesAsync(target.Host, both.Token);
            for (var i = 0; i < addresses.Length; i++)
            {
                // An address that drops packets may not use up the time of those behind it.
                using var share = new CancellationTokenSource(timeout / addresses.Length, time);
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(both.Token, share.Token);
                var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(addresses[i], target.Port), attempt.Token);
                    return (socket, null);
                }
                catch (SocketException e)
                {
                    socket.Dispose();
                    why = e.Message;
                }
                catch (OperationCanceledException) when (!both.IsCancellationRequested)
                {
                    socket.Dispose();
                    why = $"{addresses[i]} did not answer within {(timeout / addresses.Length).TotalSeconds:0.#} s";
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
        }
        catch (SocketException e)
        {
            why = e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            why = $"it did not answer within {timeout.TotalSeconds:0.#} s (--dial-timeout)";
        }

        return (null, why);
    }
}
