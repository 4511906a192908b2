namespace Headgate.Silo.Certificates;

/// <summary>The keys that every silo of an SP shares: made once, kept encrypted in the database, read at start.</summary>
internal interface ISiloKeys
{
    /// <summary>The MAC key of route labels, 32 bytes.</summary>
    ReadOnlyMemory<byte> LabelKey { get; }

    /// <summary>The key of one gateway's PROXY headers to one target (<c>tenant-api</c> or a repository id), 32 bytes, derived from a silo key.</summary>
    byte[] ProxyKey(string gateway, string target);
}
