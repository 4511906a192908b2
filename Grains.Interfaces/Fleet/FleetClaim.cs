namespace Headgate.Grains;

/// <summary>A gateway that enrols with a fleet token.</summary>
/// <param name="Secret">The token's secret.</param>
/// <param name="PublicKey">Its public key, SubjectPublicKeyInfo.</param>
/// <param name="Gateway">The id it wants: its host name's first label unless it was told another.</param>
/// <param name="Mode">Direct or behind NAT.</param>
/// <param name="Host">Its public address.</param>
/// <param name="Port">Its public port.</param>
[GenerateSerializer, Immutable, Alias("headgate.fleet-claim")]
public sealed record FleetClaim(
    string Secret,
    ImmutableArray<byte> PublicKey,
    string Gateway,
    GatewayMode Mode,
    string Host,
    int Port)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(FleetClaim);
}
