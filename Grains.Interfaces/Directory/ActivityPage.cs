namespace Headgate.Grains;

/// <summary>Part of the activity log.</summary>
/// <param name="Items">The part, newest first.</param>
/// <param name="Total">How many there are in all.</param>
[GenerateSerializer, Immutable, Alias("headgate.activity-page")]
public sealed record ActivityPage(
    ImmutableArray<ActivityInfo> Items,
    int Total);
