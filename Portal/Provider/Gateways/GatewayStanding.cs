namespace Headgate.Portal.Provider.Gateways;

/// <summary>How a gateway stands, in a word or two.</summary>
/// <param name="Tone">What it means.</param>
/// <param name="Text">The words.</param>
/// <param name="Sentence">What that means, and what to do.</param>
internal sealed record GatewayStanding(Tone Tone, string Text, string Sentence)
{
    /// <summary>Unheard for so long, a gateway is silent: the lists leave it out.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(5);

    /// <summary>How <paramref name="gateway"/> stood at <paramref name="at"/>, when it was read.</summary>
    public static GatewayStanding Of(GatewayInfo gateway, DateTimeOffset at)
    {
        if (gateway.Revoked)
        {
            return new(Tone.Neutral, "Revoked", "Its certificate was revoked. A new enrolment code brings it back.");
        }

        if (!gateway.Enrolled)
        {
            return new(Tone.Neutral, "Not enrolled yet", "It waits for its machine to enrol with a code.");
        }

        var active = gateway.Load?.Active ?? 0;
        return (gateway.WantedState, IsHeard(gateway, at)) switch
        {
            (WantedState.Disabled, _) => new(Tone.Neutral, "Disabled", "It is closed until it is activated."),
            (WantedState.Draining, true) when active > 0 =>
                new(Tone.Active, $"Draining, {active} left", gateway.Drain is { Ends: { } ends }
                    ? $"It takes nothing new; what is left at {Times.Of(ends)} UTC is closed."
                    : "It takes nothing new; its connections go on until they end."),
            (WantedState.Draining, true) => new(Tone.Good, "Drained", "It takes nothing new and nothing is left on it: it can be stopped."),
            (WantedState.Draining, false) => new(Tone.Warning, "Draining, " + Silence(gateway, at), "It has not been heard, so what is left on it is not known."),
            (_, true) => new(Tone.Good, "Up", "It takes tenants' connections."),
            _ => new(
                Tone.Bad,
                Capitalized(Silence(gateway, at)),
                "No heartbeat comes from it. Is the machine up, does headgate-gateway run, does it reach the server's edge API?"),
        };
    }

    /// <summary>Whether its heartbeats come.</summary>
    public static bool IsHeard(GatewayInfo gateway, DateTimeOffset at) => gateway.LastHeard is { } heard && at - heard <= SilentAfter;

    /// <summary>Whether it serves tenants: enrolled, wanted, heard.</summary>
    public static bool IsUp(GatewayInfo gateway, DateTimeOffset at) =>
        gateway is { Enrolled: true, Revoked: false, WantedState: not WantedState.Disabled } && IsHeard(gateway, at);

    /// <summary>Whether it should be heard and is not.</summary>
    public static bool IsMissing(GatewayInfo gateway, DateTimeOffset at) =>
        gateway is { Enrolled: true, Revoked: false, WantedState: not WantedState.Disabled } && !IsHeard(gateway, at);

    private static string Silence(GatewayInfo gateway, DateTimeOffset at) =>
        gateway.LastHeard is { } heard ? "silent for " + Times.Length(at - heard) : "not heard yet";

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
