using System.Globalization;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>How long bytes stood still, by kind of death.</summary>
internal static class GapFigures
{
    /// <summary>One line for each kind that was seen.</summary>
    public static IEnumerable<string> Lines(IReadOnlyCollection<Outage> outages)
    {
        yield return Line("closed connection (killed, restarted)", outages.Where(outage => outage.IsClosed));
        yield return Line("silence (stopped, cut off)", outages.Where(outage => !outage.IsClosed));
        foreach (var how in outages.Select(outage => outage.How).Distinct().Order())
        {
            yield return Line("  " + how, outages.Where(outage => outage.How == how));
        }
    }

    private static string Line(string what, IEnumerable<Outage> outages)
    {
        var all = outages.ToArray();
        double[] gaps = [.. all.Where(outage => outage.Gap is not null).Select(outage => outage.Gap!.Value.TotalMilliseconds).Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {all.Length} deaths, {gaps.Length} gaps measured, p50 {At(gaps, 0.5):0} ms, p95 {At(gaps, 0.95):0} ms, max {At(gaps, 1):0} ms");
    }

    private static double At(double[] sorted, double share) =>
        sorted is [] ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
