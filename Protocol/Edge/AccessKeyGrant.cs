namespace Headgate.Protocol.Edge;

/// <summary>One access key of an agentless access.</summary>
/// <param name="Key">The key's public half: Basic's user name.</param>
/// <param name="SecretSha256">SHA-256 of the secret half (128 random bits, so a plain hash is enough).</param>
/// <param name="Rights">What the key may do.</param>
public sealed record AccessKeyGrant(
    string Key,
    byte[] SecretSha256,
    AccessRights Rights);
