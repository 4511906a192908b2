namespace Headgate.Gateway;

/// <summary>This gateway's id, as its certificate names it.</summary>
/// <param name="Id">The id.</param>
internal sealed record GatewayIdentity(string Id);
