namespace Headgate.Protocol.Edge;

/// <summary>Where a gateway relays to.</summary>
/// <param name="Id"><c>tenant-api</c>, <c>tenant-site</c> or a repository id.</param>
/// <param name="Host">A name or address the gateway can dial.</param>
/// <param name="Port">TCP port.</param>
/// <param name="ProxyKey">32 bytes: this gateway's key for the MAC of PROXY headers to this target.</param>
/// <param name="Enrolment">Which of a repository's enrolments the key is of: it rises by one with each. Others: 0.</param>
public sealed record RelayTarget(
    string Id,
    string Host,
    int Port,
    byte[] ProxyKey,
    long Enrolment = 0);
