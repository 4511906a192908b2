namespace Headgate.Grains;

/// <summary>How often an attempt's streams went on over another connection, and how long they were without one. The default is none.</summary>
/// <param name="Resumes">How often.</param>
/// <param name="Milliseconds">The gaps added up.</param>
/// <param name="LongestMilliseconds">The longest of them.</param>
[GenerateSerializer, Immutable, Alias("headgate.stream-gaps")]
public readonly record struct StreamGaps(
    int Resumes,
    long Milliseconds,
    long LongestMilliseconds)
{
    /// <summary>These gaps and others, as those of one run.</summary>
    public StreamGaps And(StreamGaps other) => new(
        (int)Math.Min((long)Resumes + other.Resumes, int.MaxValue),
        Milliseconds + other.Milliseconds,
        Math.Max(LongestMilliseconds, other.LongestMilliseconds));
}
