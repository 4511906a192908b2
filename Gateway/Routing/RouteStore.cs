using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway.Routing;

/// <summary>
/// Keeps what the gateway knows in <c>routes.json</c>, so that one restarted while the silo is away serves cached routes for what is left of their hour.
/// Written when something changed, at most once a second, and every 30 s for the time at which the silo was last heard.
/// </summary>
internal sealed class RouteStore(
    IOptions<GatewayOptions> options, GatewayIdentity identity, RouteTable table, TimeProvider time, ILogger<RouteStore> log) : BackgroundService
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(30);

    private readonly string _path = Path.Combine(options.Value.DataFolder, "routes.json");
    private long _kept = -1;
    private long _keptAt;
    private bool _failing;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Restore();
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await KeepAsync(CancellationToken.None);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(s_look, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(stoppingToken))
            {
                table.Sweep();
                if (table.Changes != _kept || time.GetElapsedTime(_keptAt) >= s_refresh)
                {
                    await KeepAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping; StopAsync keeps the last state.
        }
    }

    private void Restore()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return;
            }

            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(_path), GatewayJson.Default.KeptRoutes)
                ?? throw new JsonException("it is empty");
            var age = time.GetUtcNow() - kept.HeardAt;
            if (kept.Snapshot.Gateway != identity.Id)
            {
                GatewayLog.RoutesNotRestored(log, _path, "it is of another gateway");
            }
            else if (age < TimeSpan.Zero || age >= RouteTable.WithoutSilo)
            {
                GatewayLog.RoutesNotRestored(log, _path, $"it was kept at {kept.HeardAt:u}, and now is {time.GetUtcNow():u}");
            }
            else
            {
                table.Restore(kept.Snapshot, age);
                GatewayLog.RoutesRestored(log, kept.Snapshot.Routes.Count, age);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            GatewayLog.RoutesNotRestored(log, _path, e.Message);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var changes = table.Changes;
        if (table.Export() is not { } snapshot || table.Silence is not { } silence)
        {
            return;
        }

        try
        {
            var kept = new KeptRoutes(time.GetUtcNow() - silence, snapshot);
            await AtomicFile.WriteAsync(
                _path, stream => JsonSerializer.SerializeAsync(stream, kept, GatewayJson.Default.KeptRoutes, cancellationToken), OwnerOnly, cancellationToken);
            _kept = changes;
            _keptAt = time.GetTimestamp();
            _failing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_failing)
            {
                _failing = true;
                GatewayLog.FileNotWritten(log, _path, e.Message);
            }
        }
    }
}
