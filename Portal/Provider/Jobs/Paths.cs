namespace Headgate.Portal.Provider.Jobs;

/// <summary>The gateways that runs went over, as screens say them.</summary>
internal static class Paths
{
    private const int MaxNamed = 4;

    /// <summary>Gateways in order of first use over all attempts, such as <c>gtw1 → gtw2</c>; empty when there is none.</summary>
    public static string Summary(RunInfo? run)
    {
        var gateways = (run?.Attempts ?? []).SelectMany(attempt => attempt.Path).Select(step => step.Gateway).Distinct(StringComparer.Ordinal).ToArray();
        var named = string.Join(" → ", gateways.Take(MaxNamed));
        return gateways.Length > MaxNamed ? $"{named} → {gateways.Length - MaxNamed} more" : named;
    }

    /// <summary>Bytes sent by all attempts.</summary>
    public static long BytesUp(RunInfo run) => Sizes.Sum(run.Attempts.SelectMany(attempt => attempt.Path).Select(step => step.BytesUp));

    /// <summary>Bytes received by all attempts.</summary>
    public static long BytesDown(RunInfo run) => Sizes.Sum(run.Attempts.SelectMany(attempt => attempt.Path).Select(step => step.BytesDown));
}
