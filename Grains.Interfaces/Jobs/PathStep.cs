namespace Headgate.Grains;

/// <summary>A gateway that an attempt went over.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Connections">Connections opened over it.</param>
/// <param name="BytesUp">Bytes sent over it.</param>
/// <param name="BytesDown">Bytes received over it.</param>
[GenerateSerializer, Immutable, Alias("headgate.path-step")]
public sealed record PathStep(
    string Gateway,
    long Connections,
    long BytesUp,
    long BytesDown);
