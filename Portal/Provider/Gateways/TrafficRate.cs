namespace Headgate.Portal.Provider.Gateways;

/// <summary>Bytes a second.</summary>
/// <param name="Up">From tenants.</param>
/// <param name="Down">To tenants.</param>
public readonly record struct TrafficRate(double Up, double Down)
{
    /// <summary>Nothing moves.</summary>
    public static readonly TrafficRate None;

    /// <summary>Nobody looked.</summary>
    public static readonly TrafficRate Unknown = new(double.NaN, double.NaN);

    /// <summary>Whether somebody looked.</summary>
    public bool IsKnown => !double.IsNaN(Up);

    /// <summary>Both ways together.</summary>
    public double Total => Up + Down;

    /// <summary>The sum of two.</summary>
    public static TrafficRate operator +(TrafficRate left, TrafficRate right) => new(left.Up + right.Up, left.Down + right.Down);
}
