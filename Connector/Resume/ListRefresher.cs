using Headgate.Connector.Commands;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Resume;

/// <summary>
/// Fetches the gateway list beside the search for a gateway, which it never holds up: one fetch at a time for all streams of a run. Dispose ends a fetch
/// that is under way. Safe for concurrent use.
/// </summary>
internal sealed class ListRefresher(GatewayOrder order, Func<CancellationToken, Task<GatewayList>> fetch) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _fetching = Task.CompletedTask;

    /// <summary>Fetches unless that is under way; the task ends when the list was taken, or could not be had.</summary>
    public Task FetchAsync()
    {
        lock (_lock)
        {
            return _fetching = _fetching.IsCompleted && !_stop.IsCancellationRequested ? Task.Run(TakeAsync) : _fetching;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task last;
        lock (_lock)
        {
            last = _fetching;
        }

        await last;
        _stop.Dispose();
    }

    private async Task TakeAsync()
    {
        try
        {
            var held = order.List.Version;
            order.Take(await fetch(_stop.Token), held);
        }
        catch (Exception e) when (e is ConnectorFailureException or ProblemException or OperationCanceledException)
        {
            // Nobody answers, or the provider refuses: the list that there is serves on, and the next round asks again.
        }
    }
}
