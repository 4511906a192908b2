namespace Headgate.Grains;

/// <summary>A failover drill.</summary>
/// <param name="Number">Its number; each drill gets the next.</param>
/// <param name="State">How it stands.</param>
/// <param name="Repository">The repository that its run writes to.</param>
/// <param name="Pool">The pool whose gateways it tries.</param>
/// <param name="AskedBy">Who started it; <c>schedule</c> when its time had come.</param>
/// <param name="Asked">When.</param>
/// <param name="Started">When a server began it.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Sentence">While it goes on what it does, afterwards how it went.</param>
/// <param name="Report">What was measured; null when nothing was.</param>
[GenerateSerializer, Immutable, Alias("headgate.drill-info")]
public sealed record DrillInfo(
    long Number,
    DrillState State,
    string Repository,
    string Pool,
    string AskedBy,
    DateTimeOffset Asked,
    DateTimeOffset? Started,
    DateTimeOffset? Ended,
    string? Sentence,
    DrillReport? Report);
