namespace Headgate.Repository;

/// <summary>Signals are the program's affair, which cancels the token it runs with: in one process there may be several hosts, and one must not stop ahead of the others.</summary>
internal sealed class NoSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
