using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Listening;

/// <summary>
/// Takes connections from one listening socket until it is closed. Errors come in tiers (<see cref="AcceptError"/>); the wait under pressure doubles
/// from 50 ms to 1 s and begins anew with each connection taken. Before each call of accept the descriptors of a connection are taken; whoever is given
/// the connection returns them.
/// </summary>
internal sealed class AcceptLoop(Socket listener, Action<Socket> onAccepted, DescriptorBudget budget, GatewayMetrics metrics, TimeProvider time, ILogger log)
{
    private const int PeerErrorsBeforeWait = 16;
    private static readonly TimeSpan s_firstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the socket is closed (returns) or broken (throws).</summary>
    /// <exception cref="SocketException">The listening socket is of no more use.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wait = s_firstWait;
        var peerErrors = 0;
        while (true)
        {
            Socket accepted;
            try
            {
                while (!budget.TryTakeForAccept())
                {
                    await budget.WaitToAcceptAsync(cancellationToken);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                accepted = await listener.AcceptAsync(cancellationToken);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                budget.Return(DescriptorBudget.PerConnection);
                return;
            }
            catch (SocketException e)
            {
                budget.Return(DescriptorBudget.PerConnection);
                var tier = AcceptErrors.Classify(e.SocketErrorCode);
                if (tier == AcceptError.Closed)
                {
                    return;
                }

                metrics.AcceptFailed(tier);
                if (tier == AcceptError.Fatal)
                {
                    throw;
                }

                // An error that repeats without a connection in between is no single peer's doing.
                if (tier == AcceptError.Peer && ++peerErrors < PeerErrorsBeforeWait)
                {
                    continue;
                }

                if (tier == AcceptError.Pressure)
                {
                    budget.RanOut();
                }

                GatewayLog.AcceptWaits(log, wait, e.SocketErrorCode);
                try
                {
                    await Task.Delay(wait, time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
                continue;
            }

            wait = s_firstWait;
            peerErrors = 0;
            onAccepted(accepted);
        }
    }
}
