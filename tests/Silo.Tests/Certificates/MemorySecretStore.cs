using System.Collections.Concurrent;
using Headgate.Silo.Certificates;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>Sealed secrets in memory, with the rule of the real store: the first one stays.</summary>
internal sealed class MemorySecretStore : ISecretStore
{
    public ConcurrentDictionary<string, byte[]> Rows { get; } = new();

    public Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Rows.GetValueOrDefault(name));

    public IReadOnlyList<(string Name, byte[] Sealed)> List(string prefix) =>
        [.. Rows.Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(row => (row.Key, row.Value))];

    public Task<byte[]> AddAsync(string name, byte[] sealedSecret, CancellationToken cancellationToken) =>
        Task.FromResult(Rows.GetOrAdd(name, sealedSecret));

    public Task<byte[]> ReplaceAsync(string name, byte[] expected, byte[] sealedSecret, CancellationToken cancellationToken)
    {
        Rows.TryUpdate(name, sealedSecret, expected);
        return Task.FromResult(Rows[name]);
    }
}
