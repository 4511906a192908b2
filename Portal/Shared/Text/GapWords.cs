using System.Globalization;

namespace Headgate.Portal;

/// <summary>What screens say about streams that went on over another connection.</summary>
public static class GapWords
{
    /// <summary>Such as <c>2 times; 1.8 s without a connection, 1.7 s at the longest</c>; <c>once</c> has no longest. Null where there was none.</summary>
    public static string? Of(StreamGaps gaps) => gaps.Resumes switch
    {
        0 => null,
        1 => $"once; {Seconds(gaps.Milliseconds)} without a connection",
        _ => $"{Times(gaps)}; {Seconds(gaps.Milliseconds)} without a connection, {Seconds(gaps.LongestMilliseconds)} at the longest",
    };

    /// <summary>Such as <c>once</c> or <c>3 times</c>.</summary>
    public static string Times(StreamGaps gaps) =>
        gaps.Resumes == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{gaps.Resumes:N0} times");

    /// <summary>Such as <c>0.31 s</c>, <c>12 s</c> or <c>3 min</c>.</summary>
    private static string Seconds(long milliseconds) => milliseconds switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.##} s"),
        _ => Portal.Times.Length(TimeSpan.FromMilliseconds(milliseconds)),
    };
}
