using System.Collections.Concurrent;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>Sealed secrets in memory, with the rule of the real store: the first one stays.</summary>
internal sealed class MemorySecretStore : ISecretStore
{
    public ConcurrentDictionary<string, byte[]> Rows { get; } = new();

    /// <summary>Called after each write: throws where a process is to die between the write and what follows.</summary>
    public Action<string> Written { get; set; } = static _ => { };

    public Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Rows.GetValueOrDefault(name));

    public IReadOnlyList<(string Name, byte[] Sealed)> List(string prefix) =>
        [.. Rows.Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(row => (row.Key, row.Value))];

    public Task<IReadOnlyList<(string Name, byte[] Sealed)>> ListAsync(string prefix, CancellationToken cancellationToken) => Task.FromResult(List(prefix));

    public Task<byte[]> AddAsync(string name, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken)
    {
        var kept = Rows.GetOrAdd(name, sealedSecret);
        Written("add " + name);
        return Task.FromResult(kept);
    }

    public Task<byte[]> ReplaceAsync(string name, byte[] expected, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken)
    {
        Rows.TryUpdate(name, sealedSecret, expected);
        Written("replace " + name);
        return Task.FromResult(Rows[name]);
    }

    public Task RemoveAsync(string name, AuditEntry? audit, CancellationToken cancellationToken)
    {
        Rows.TryRemove(name, out _);
        Written("remove " + name);
        return Task.CompletedTask;
    }
}
