namespace Headgate.Relay.Bench;

/// <summary>The median of some values, and how far they lie apart.</summary>
internal readonly record struct Summary(int Count, double Median, double Least, double Most)
{
    public static Summary Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(sorted.Length, median, sorted[0], sorted[^1]);
    }
}
