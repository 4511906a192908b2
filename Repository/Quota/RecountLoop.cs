using System.Threading.Channels;

namespace Headgate.Repository.Quota;

/// <summary>Counts tenants anew when the silo asks for it, one after the other, while uploads and deletions go on.</summary>
internal sealed partial class RecountLoop(Recount recount, QuotaBook quotas, RepositoryMetrics metrics, ILogger<RecountLoop> logger) : BackgroundService
{
    private const int MaxWaiting = 10_000;

    private readonly Channel<string?> _wanted = Channel.CreateBounded<string?>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A tenant is to be counted; null for all of them.</summary>
    public void Ask(string? tenant) => _wanted.Writer.TryWrite(tenant);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var tenant in _wanted.Reader.ReadAllAsync(stoppingToken))
            {
                await CountAsync(tenant, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; the next start counts everything.
        }
    }

    private async Task CountAsync(string? tenant, CancellationToken token)
    {
        try
        {
            // On a thread of its own: it waits for the disk.
            await Task.Factory.StartNew(
                () => recount.Again(tenant, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            quotas.Wake();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            metrics.RecountFailed();
            LogFailed(fault, tenant ?? "all tenants");
        }
    }

    [LoggerMessage(526, LogLevel.Error, "Counting {Tenant} failed; the numbers from before stay")]
    private partial void LogFailed(Exception fault, string tenant);
}
