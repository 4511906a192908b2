namespace Headgate.Relay.Bench.Figures;

/// <summary>One value of a figure, and what is demanded of the gateway's.</summary>
/// <param name="Name">With its unit.</param>
/// <param name="Digits">After the point.</param>
/// <param name="Demand">What is demanded; null: nothing.</param>
internal sealed record Metric(string Name, int Digits, Demand? Demand = null)
{
    /// <summary>Whether ratios are of what is added to the median of the figure's first value without a relay.</summary>
    public bool IsAdded { get; init; }
}
