namespace Headgate.Protocol.Proxy;

/// <summary>How reading a PROXY v2 header ended.</summary>
public enum ProxyReadStatus
{
    /// <summary>The header is whole, and its MAC is right.</summary>
    Ok,

    /// <summary>More bytes are needed; nothing was consumed.</summary>
    NeedMore,

    /// <summary>Not a header of ours: no signature, another version, too long, no TCP, no authority, or no gateway TLV.</summary>
    Malformed,

    /// <summary>The gateway it names has no key here: it is not registered, or was revoked.</summary>
    UnknownGateway,

    /// <summary>The MAC is wrong: somebody else wrote it, for another target, or it was changed on the way.</summary>
    BadMac,

    /// <summary>The header did not come in time. Said by the listener, not by the reader.</summary>
    Late,
}
