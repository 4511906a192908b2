namespace Headgate.Grains;

/// <summary>The latest change of one thing.</summary>
/// <param name="Sequence">When, in the order of all changes; the thing's earlier ones are forgotten.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Key">Which one.</param>
[GenerateSerializer, Immutable, Alias("headgate.change")]
public sealed record Change(
    long Sequence,
    SubjectKind Kind,
    string Key);
