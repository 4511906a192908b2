using Headgate.Repository.Quota;
using Headgate.Repository.Resume;

namespace Headgate.Repository.Access;

/// <summary>Once a second: ends what stalls or has expired, and lets go of what no connection needs any more.</summary>
internal sealed class ConnectionSweeper(
    ConnectionRegistry connections,
    AccessBook book,
    MaintenanceWindows windows,
    SessionTable sessions,
    RepositoryOptions options,
    TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    // A connector asks for a sign of life each 15 s at the latest; after four of them nobody is there, whatever TCP still believes.
    private static readonly TimeSpan s_legSilence = TimeSpan.FromSeconds(60);

    /// <summary>One round.</summary>
    public void Sweep()
    {
        connections.EndWhere(connection => connection.WaitingForPeer > options.StallTimeout, ConnectionEnd.Stalled);
        connections.EndWhere(connection => connection.SilentFor > s_legSilence, ConnectionEnd.LegSilent);
        book.EndExpired();
        sessions.EndForsaken();
        connections.ForgetCommits();
        windows.Sweep();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
