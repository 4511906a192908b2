namespace Headgate.Protocol.Edge;

/// <summary>A gateway whose PROXY headers a target believes.</summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="ProxyKey">32 bytes: that gateway's MAC key for this target.</param>
/// <param name="Enrolment">Which of the gateway's enrolments the key is of: it rises by one with each.</param>
public sealed record GatewayKey(string Gateway, byte[] ProxyKey, long Enrolment = 0);
