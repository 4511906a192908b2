namespace Headgate.Grains;

/// <summary>A fleet token with its code, shown this once.</summary>
/// <param name="Token">The token.</param>
/// <param name="Code">What gateways enrol with. A secret: never logged.</param>
[GenerateSerializer, Immutable, Alias("headgate.created-fleet-token")]
public sealed record CreatedFleetToken(
    FleetTokenInfo Token,
    string Code)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CreatedFleetToken);
}
