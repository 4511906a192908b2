namespace Headgate.Portal.Provider.Gateways;

/// <summary>How a fleet token stands.</summary>
internal static class FleetStanding
{
    public static bool IsOpen(FleetTokenInfo token, DateTimeOffset now) => !token.Revoked && token.Expires > now;

    public static (Tone Tone, string Text) Of(FleetTokenInfo token, DateTimeOffset now) => token switch
    {
        { Revoked: true } => (Tone.Neutral, "Revoked"),
        _ when token.Expires <= now => (Tone.Neutral, "Ended"),
        _ when token.Gateways.Length >= token.MaxGateways => (Tone.Neutral, "Used up"),
        _ => (Tone.Good, "Open"),
    };
}
