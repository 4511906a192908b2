namespace Headgate.Silo.Certificates;

/// <summary>The keys that every silo of an SP shares: made once, kept encrypted in the database, read at start.</summary>
internal interface ISiloKeys
{
    /// <summary>The MAC key of route labels, 32 bytes.</summary>
    ReadOnlyMemory<byte> LabelKey { get; }

    /// <summary>The key of one gateway's PROXY headers to one target, 32 bytes, derived from a silo key; another for each enrolment of either.</summary>
    byte[] ProxyKey(ProxyEnd gateway, ProxyEnd target);
}
