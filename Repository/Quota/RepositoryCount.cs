using System.Collections.Concurrent;

namespace Headgate.Repository.Quota;

/// <summary>How many restic repositories each tenant has: their folders lie outside the quota, so their number is limited. Safe for concurrent use.</summary>
internal sealed class RepositoryCount(RepositoryOptions options)
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>One was found on disk at start.</summary>
    public void Found(string tenant) => _counts.AddOrUpdate(tenant, 1, (_, count) => count + 1);

    /// <summary>Makes room for one more, or says how many there may be.</summary>
    public bool TryAdd(string tenant, out int most)
    {
        most = options.MaxRepositoriesPerTenant;
        while (true)
        {
            var count = _counts.GetOrAdd(tenant, 0);
            if (count >= most)
            {
                return false;
            }

            if (_counts.TryUpdate(tenant, count + 1, count))
            {
                return true;
            }
        }
    }

    /// <summary>It was not made after all.</summary>
    public void Remove(string tenant) => _counts.AddOrUpdate(tenant, 0, (_, count) => count - 1);
}
