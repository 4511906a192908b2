using Headgate.Gateway.Draining;
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
    DrainWatch drain,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    private ServiceReporter? _reporter;
    private CancellationTokenRegistration _stopping;
    private long _stoppingSince;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _reporter = new ServiceReporter(options.Value.Manager, State, time);
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            Volatile.Write(ref _stoppingSince, time.GetTimestamp());
            _reporter?.Stopping();
        });
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
            var since = Volatile.Read(ref _stoppingSince);
            var left = options.Value.DrainTimeout - (since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since));
            return new(IsServing: false, $"Draining: {active} left{(connections == 0 ? "" : ", closed in " + Words(left))}.");
        }

        var on = string.Join(' ', listeners.Listening);
        return (on, table.Wanted, table.Silence) switch
        {
            ("", GatewayWantedState.Active, null) => new(false, $"Gateway {identity.Id} waits for the silo and takes no connections yet."),
            ("", GatewayWantedState.Active, _) => new(false, $"Gateway {identity.Id} has not heard the silo for too long and takes no connections; {active}."),
            ("", GatewayWantedState.Draining, _) => new(true, $"Gateway {identity.Id} is drained by the provider: {Drained(drain.Progress, connections)}."),
            ("", _, _) => new(true, $"Gateway {identity.Id} is disabled by the provider and takes no connections; {active}."),
            (_, _, var silence) => new(true, $"Gateway {identity.Id} on {on}: {active}{(silence > RouteTable.AwayAfter ? "; the silo is not heard" : "")}."),
        };
    }

    private static string Drained(DrainProgress? progress, int connections) => (connections, progress?.SecondsLeft) switch
    {
        (0, _) => "no connection left",
        (1, null) => "1 connection left",
        (1, { } seconds) => $"1 connection left, closed in {Words(TimeSpan.FromSeconds(seconds))}",
        (_, null) => $"{connections} connections left",
        (_, { } seconds) => $"{connections} connections left, closed in {Words(TimeSpan.FromSeconds(seconds))}",
    };

    /// <summary>A time in its two greatest units: 4 min 10 s.</summary>
    private static string Words(TimeSpan time)
    {
        var whole = TimeSpan.FromSeconds(Math.Max(0, Math.Ceiling(time.TotalSeconds)));
        return whole switch
        {
            { TotalMinutes: < 1 } => $"{whole.Seconds} s",
            { TotalHours: < 1 } => $"{whole.Minutes} min {whole.Seconds} s",
            { TotalDays: < 1 } => $"{whole.Hours} h {whole.Minutes} min",
            _ => $"{whole.Days} d {whole.Hours} h",
        };
    }
}
