namespace Headgate.Protocol.Enrolment;

/// <summary>What a peer's certificate is worth.</summary>
public enum PeerCheck
{
    /// <summary>Of our authority, in time, of the role and name asked for.</summary>
    Ok,

    /// <summary>The peer showed none.</summary>
    NoCertificate,

    /// <summary>Not of our authority, or not whole.</summary>
    Untrusted,

    /// <summary>Ended, by this machine's clock.</summary>
    Expired,

    /// <summary>Not begun, by this machine's clock.</summary>
    NotYetValid,

    /// <summary>For another role, or without one.</summary>
    WrongRole,

    /// <summary>Of another peer of that role.</summary>
    WrongId,

    /// <summary>Not for the server name that was asked for.</summary>
    WrongName,
}
