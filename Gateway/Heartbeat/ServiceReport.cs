using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Services;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Heartbeat;

/// <summary>Tells the service manager what this gateway does: from the first address bound until the last stream has drained.</summary>
internal sealed class ServiceReport(
    IOptions<GatewayOptions> options,
    GatewayIdentity identity,
    RouteTable table,
    ListenerSupervisor listeners,
    LiveConnections live,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    private ServiceReporter? _reporter;
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _reporter = new ServiceReporter(options.Value.Manager, State, time);
        _stopping = lifetime.ApplicationStopping.Register(_reporter.Stopping);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        if (Interlocked.Exchange(ref _reporter, null) is { } reporter)
        {
            await reporter.DisposeAsync();
        }
    }

    private ServiceState State()
    {
        var connections = live.Count;
        var active = connections == 1 ? "1 active connection" : $"{connections} active connections";
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new(IsServing: false, $"Draining: {active} left.");
        }

        var on = string.Join(' ', listeners.Listening);
        return (on, table.Wanted, table.Silence) switch
        {
            ("", GatewayWantedState.Active, null) => new(false, $"Gateway {identity.Id} waits for the silo and takes no connections yet."),
            ("", GatewayWantedState.Active, _) => new(false, $"Gateway {identity.Id} has not heard the silo for too long and takes no connections; {active}."),
            ("", var wanted, _) => new(true, $"Gateway {identity.Id} is {Word(wanted)} by the provider and takes no connections; {active}."),
            (_, _, var silence) => new(true, $"Gateway {identity.Id} on {on}: {active}{(silence > RouteTable.AwayAfter ? "; the silo is not heard" : "")}."),
        };
    }

    private static string Word(GatewayWantedState wanted) => wanted == GatewayWantedState.Draining ? "drained" : "disabled";
}
