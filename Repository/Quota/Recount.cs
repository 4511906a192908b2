using System.Diagnostics;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>
/// Counts what is on disk: before the first connection is taken, because what is used is never a remembered number, and again whenever the silo asks, while
/// uploads and deletions go on. Each count is exact at its end.
/// </summary>
internal sealed partial class Recount(BlobLayout layout, QuotaBook quotas, RepositoryCount repositories, ILogger<Recount> logger)
{
    /// <summary>Counts everything, at start.</summary>
    public void Run(CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        var (found, objects) = (0, 0L);
        foreach (var tenant in layout.Tenants())
        {
            var count = Count(quotas.Of(tenant), token, out _);
            objects += count.Objects;
            found += count.Paths.Count;
            foreach (var _ in count.Paths)
            {
                repositories.Found(tenant);
            }
        }

        LogCounted(found, objects, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Counts one tenant, or (null) all of them, again.</summary>
    public void Again(string? tenant, CancellationToken token)
    {
        var ledgers = tenant is null
            ? quotas.All.Select(ledger => ledger.Tenant).Union(layout.Tenants(), StringComparer.Ordinal).Select(quotas.Of).ToArray()
            : [quotas.Of(tenant)];
        foreach (var ledger in ledgers)
        {
            var started = Stopwatch.GetTimestamp();
            var count = Count(ledger, token, out var drift);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            LogAgain(drift == 0 ? LogLevel.Information : LogLevel.Warning, ledger.Tenant, count.Objects, count.Bytes, seconds, drift);
        }
    }

    private OnlineCount Count(TenantLedger ledger, CancellationToken token, out long drift)
    {
        var count = ledger.BeginCount(() => layout.RepositoriesOf(ledger.Tenant));
        try
        {
            foreach (var path in count.Paths)
            {
                var folder = layout.FolderOf(ledger.Tenant, path);
                foreach (var type in BlobTypes.All)
                {
                    foreach (var shard in RepositoryFolder.ShardsOf(type))
                    {
                        token.ThrowIfCancellationRequested();
                        ledger.Count(count, path, type, shard, () => folder.ListShard(type, shard));
                    }
                }
            }

            drift = ledger.EndCount(count);
            return count;
        }
        catch
        {
            ledger.AbandonCount();
            throw;
        }
    }

    [LoggerMessage(501, LogLevel.Information, "Counted {Repositories} restic repositories with {Objects} objects in {Seconds:0.0} s")]
    private partial void LogCounted(int repositories, long objects, double seconds);

    [LoggerMessage(EventId = 525, Message = "Counted tenant {Tenant} again: {Objects} objects cost {Bytes} bytes ({Seconds:0.0} s); the account was off by {Drift}")]
    private partial void LogAgain(LogLevel level, string tenant, long objects, long bytes, double seconds, long drift);
}
