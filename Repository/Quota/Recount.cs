using System.Diagnostics;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Quota;

/// <summary>Counts what is on disk before the first connection is taken: what is used is never a remembered number.</summary>
internal sealed partial class Recount(BlobLayout layout, QuotaBook quotas, RepositoryCount repositories, ILogger<Recount> logger)
{
    /// <summary>Counts everything.</summary>
    public void Run(CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        long objects = 0;
        var found = 0;
        foreach (var (tenant, path) in layout.Repositories())
        {
            found++;
            repositories.Found(tenant);
            var ledger = quotas.Of(tenant);
            var folder = layout.FolderOf(tenant, path);
            if (layout.SizeOf(new BlobKey(tenant, path, BlobType.Config, "")) is { } config)
            {
                ledger.Found(BlobType.Config, config);
                objects++;
            }

            foreach (var type in BlobTypes.Folders)
            {
                if (!Directory.Exists(folder.FolderOf(type)))
                {
                    continue;
                }

                foreach (var entry in folder.List(type))
                {
                    token.ThrowIfCancellationRequested();
                    ledger.Found(type, entry.Size);
                    objects++;
                }
            }
        }

        LogCounted(found, objects, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    [LoggerMessage(501, LogLevel.Information, "Counted {Repositories} restic repositories with {Objects} objects in {Seconds:0.0} s")]
    private partial void LogCounted(int repositories, long objects, double seconds);
}
