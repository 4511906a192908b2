using System.Globalization;
using Headgate.Connector.Drills;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Server.Drills;

/// <summary>What a drill's result means, in a state and a sentence.</summary>
internal static class DrillWords
{
    /// <summary>Judges; every way in which it did not pass is named.</summary>
    public static (DrillState State, string Sentence) Judge(DrillResult result)
    {
        var faults = new List<string>();
        if (!result.Moved)
        {
            faults.Add(Invariant(
                $"Of {result.Streams} streams {Math.Min(result.Resumes, result.Streams)} had gone on {Seconds(result.Pause)} after the path was closed at {result.From}; what was uploaded was not read back."));
        }

        if (result.ToolErrors.Count > 0)
        {
            faults.Add($"The tool saw {(result.ToolErrors.Count == 1 ? "an error" : "errors")}, which a copy run promises to keep from it: {string.Join("; ", result.ToolErrors)}");
        }

        if (result.Moved && result.Right != result.Objects)
        {
            faults.Add(Invariant($"Of {result.Objects} objects {result.Right} were read back with the right SHA-256."));
        }

        return faults.Count > 0
            ? (DrillState.Failed, string.Join(' ', faults))
            : (DrillState.Passed, Invariant(
                $"The run moved from {result.From} to {string.Join(" and ", result.To)} within {Seconds(result.Pause)}; {result.Streams} streams were without a connection for {Seconds(result.LongestGap)} at the longest. ")
                + Invariant($"{result.Objects} objects ({ByteSize.Format(result.Bytes)}) were read back, every byte right; the tool noticed nothing."));
    }

    /// <summary>What is kept of it.</summary>
    public static DrillReport ToReport(DrillResult result) => new(
        result.Run, result.From, [.. result.To], result.Streams, result.Resumes, (long)result.LongestGap.TotalMilliseconds, (long)result.Pause.TotalMilliseconds,
        result.Objects, result.Bytes, result.Right, result.ToolErrors.Count);

    /// <summary>Why there is nothing to move to.</summary>
    public static string TooFew(string pool, IReadOnlyList<string> usable, IReadOnlyList<PoolPlace> places)
    {
        var others = places.Where(place => !usable.Contains(place.Gateway)).Select(place => $"{place.Gateway} ({place.Why})").ToArray();
        var there = usable.Count == 0 ? "none" : $"one, {usable[0]}";
        return $"A drill needs two gateways of pool '{pool}' that runs can be sent to, and there is {there}."
            + (others.Length == 0 ? " Add a gateway to the pool." : $" Not {string.Join(", ", others)}.");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds < 10 ? Invariant($"{time.TotalSeconds:0.00} s") : Invariant($"{time.TotalSeconds:0} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
