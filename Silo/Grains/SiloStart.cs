using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Grains;

/// <summary>When this silo started: nobody can have been silent towards it for longer. A hosted service, so that it is made at the start and not when first asked.</summary>
internal sealed class SiloStart(TimeProvider time) : IHostedService
{
    public DateTimeOffset At { get; } = time.NowInMilliseconds();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
