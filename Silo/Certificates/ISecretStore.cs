namespace Headgate.Silo.Certificates;

/// <summary>Where sealed secrets are kept: shared by every silo of an SP. Never sees a plaintext.</summary>
internal interface ISecretStore
{
    /// <summary>The sealed secret of that name, or null.</summary>
    Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>The names and sealed secrets whose names begin with <paramref name="prefix"/>. Blocks: for callers that cannot wait otherwise.</summary>
    IReadOnlyList<(string Name, byte[] Sealed)> List(string prefix);

    /// <summary>Stores a secret unless there is one; answers what is stored, which is another silo's when that was first.</summary>
    Task<byte[]> AddAsync(string name, byte[] sealedSecret, CancellationToken cancellationToken);

    /// <summary>Stores a secret in the place of <paramref name="expected"/>; answers what is stored, which is another silo's when that was first.</summary>
    Task<byte[]> ReplaceAsync(string name, byte[] expected, byte[] sealedSecret, CancellationToken cancellationToken);
}
