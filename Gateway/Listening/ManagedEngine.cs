using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Listening;

/// <summary>The engine on the runtime's own asynchronous sockets; works on every platform.</summary>
internal sealed class ManagedEngine(
    ConnectionServer server, DescriptorBudget budget, GatewayMetrics metrics, TimeProvider time, ILogger<ManagedEngine> log) : IConnectionEngine
{
    /// <summary>Never ends: a fault of one connection is caught there, one of accepting in <see cref="IListening.Ended"/>.</summary>
    public Task Failed { get; } = new TaskCompletionSource().Task;

    public IListening Serve(Socket listener) => new ManagedListening(listener, server, budget, metrics, time, log);

    private sealed class ManagedListening : IListening
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Socket _listener;
        private readonly ConnectionServer _server;
        private readonly DescriptorBudget _budget;

        public ManagedListening(Socket listener, ConnectionServer server, DescriptorBudget budget, GatewayMetrics metrics, TimeProvider time, ILogger log)
        {
            _listener = listener;
            _server = server;
            _budget = budget;
            Ended = new AcceptLoop(listener, server.Take, budget, metrics, time, log).RunAsync(_stop.Token);
        }

        public Task Ended { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                _listener.Blocking = false;
                while (_budget.TryTakeForAccept())
                {
                    _server.Take(_listener.Accept());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The backlog is empty, or the socket is of no use.
                _budget.Return(DescriptorBudget.PerConnection);
            }

            _listener.Dispose();
            _stop.Dispose();
        }
    }
}
