namespace Headgate.Grains;

/// <summary>One run.</summary>
/// <param name="Run">Its number.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Connector">Who runs it.</param>
/// <param name="Tool">The tool and its subcommand.</param>
/// <param name="Started">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Reason">Why, where it did not succeed.</param>
/// <param name="Snapshot">The last snapshot it wrote.</param>
/// <param name="Attempts">Its attempts.</param>
/// <param name="CancelAsked">When somebody asked for its end; null when nobody did.</param>
[GenerateSerializer, Immutable, Alias("headgate.run-info")]
public sealed record RunInfo(
    long Run,
    RunStatus Status,
    string Connector,
    string Tool,
    DateTimeOffset Started,
    DateTimeOffset? Ended,
    string? Reason,
    string? Snapshot,
    ImmutableArray<AttemptInfo> Attempts,
    DateTimeOffset? CancelAsked = null)
{
    /// <summary>Resumes of all attempts' streams.</summary>
    public StreamGaps Gaps() => Attempts.IsDefaultOrEmpty
        ? default
        : Attempts.Aggregate(default(StreamGaps), (gaps, attempt) => gaps.And(attempt.Gaps));
}
