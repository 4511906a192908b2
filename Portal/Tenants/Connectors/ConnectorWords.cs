namespace Headgate.Portal.Tenants.Connectors;

/// <summary>What connectors say to their owner.</summary>
internal static class ConnectorWords
{
    // Certificates live 90 days and renew at two thirds, whenever the connector runs: less than this left means that it has not run for days.
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(21);

    /// <summary>How a connector stands.</summary>
    public static (Tone Tone, string Text, string Why) Of(ConnectorInfo connector, DateTimeOffset now) => connector switch
    {
        { Revoked: true } => (Tone.Neutral, "Revoked", "It can do nothing any more."),
        _ when connector.NotAfter <= now => (Tone.Bad, "Certificate ended", "Enrol the machine again with a new code."),
        _ when IsEndingSoon(connector, now) => (Tone.Warning, "Certificate ends soon", "It renews by itself when the connector next runs. Run it before the end, or enrol it again after."),
        _ => (Tone.Good, "Enrolled", "Its certificate renews by itself."),
    };

    /// <summary>Whether its certificate ends soon, though it should have been renewed.</summary>
    public static bool IsEndingSoon(ConnectorInfo connector, DateTimeOffset now) => !connector.Revoked && connector.NotAfter - now < s_soon;
}
