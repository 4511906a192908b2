namespace Headgate.Protocol.Resume;

/// <summary>Constants of the protocol that lets one connection of a tool outlive the TLS connections that carry it.</summary>
public static class ResumeProtocol
{
    /// <summary>The name that a client asks for, and a server selects, in the TLS handshake. A client that did not get it stops.</summary>
    public const string Alpn = "headgate-resume/1";

    /// <summary>The version that this code speaks.</summary>
    public const byte Version = 1;

    /// <summary>The most bytes of a stream that one DATA frame carries.</summary>
    public const int MaxData = 65536;
}
