namespace Headgate.Protocol.Edge;

/// <summary>A gateway whose PROXY headers a target believes.</summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="ProxyKey">32 bytes: that gateway's MAC key for this target.</param>
public sealed record GatewayKey(string Gateway, byte[] ProxyKey);
