namespace Headgate.Portal.Provider.Gateways;

/// <summary>How to drain.</summary>
/// <param name="For">What is left after this is closed; null: streams have their own time.</param>
internal sealed record DrainChoice(TimeSpan? For)
{
    /// <summary>The longest that can be asked for.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromDays(30);

    /// <summary>What is offered; others are typed.</summary>
    public static readonly (TimeSpan? For, string Text)[] Offered =
    [
        (null, "Let streams finish in their own time"),
        (TimeSpan.FromMinutes(5), "Close what is left after 5 minutes"),
        (TimeSpan.FromHours(1), "Close what is left after 1 hour"),
        (TimeSpan.FromHours(8), "Close what is left after 8 hours"),
    ];
}
