namespace Headgate.Grains;

/// <summary>A gateway that an attempt went over.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Connections">Connections opened over it.</param>
/// <param name="BytesUp">Bytes sent over it.</param>
/// <param name="BytesDown">Bytes received over it.</param>
/// <param name="Reason">Why it was first used.</param>
/// <param name="After">The gateway whose place it took; null: none.</param>
[GenerateSerializer, Immutable, Alias("headgate.path-step")]
public sealed record PathStep(
    string Gateway,
    long Connections,
    long BytesUp,
    long BytesDown,
    PathReason Reason = PathReason.Unknown,
    string? After = null);
