using Headgate.Silo.Storage;

namespace Headgate.Silo.Certificates;

/// <summary>Where sealed secrets are kept: shared by every silo of an SP. Never sees a plaintext.</summary>
internal interface ISecretStore
{
    /// <summary>The sealed secret of that name, or null.</summary>
    Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>The names and sealed secrets whose names begin with <paramref name="prefix"/>. Blocks: for callers that cannot wait otherwise.</summary>
    IReadOnlyList<(string Name, byte[] Sealed)> List(string prefix);

    /// <summary>As <see cref="List"/>, without blocking.</summary>
    Task<IReadOnlyList<(string Name, byte[] Sealed)>> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Stores a secret unless there is one; answers what is stored, which is another silo's when that was first.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sealedSecret">The secret.</param>
    /// <param name="audit">Written in the same transaction, when the secret is.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue.</param>
    Task<byte[]> AddAsync(string name, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken);

    /// <summary>Stores a secret in the place of <paramref name="expected"/>; answers what is stored, which is another silo's when that was first.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="expected">What is stored.</param>
    /// <param name="sealedSecret">The secret.</param>
    /// <param name="audit">Written in the same transaction, when the secret is.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue.</param>
    Task<byte[]> ReplaceAsync(string name, byte[] expected, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken);

    /// <summary>Removes a secret; nothing when there is none.</summary>
    Task RemoveAsync(string name, AuditEntry? audit, CancellationToken cancellationToken);
}
