namespace Headgate.Grains;

/// <summary>A gateway's load.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Active">Connections being relayed.</param>
/// <param name="Accepted">Connections accepted since <paramref name="Epoch"/>.</param>
/// <param name="BytesUp">Bytes from tenants since then.</param>
/// <param name="BytesDown">Bytes to tenants since then.</param>
/// <param name="Refused">Connections refused since then.</param>
/// <param name="Epoch">Unix milliseconds of the process start.</param>
/// <param name="Stopping">Whether it is the last word of that process.</param>
[GenerateSerializer, Immutable, Alias("headgate.gateway-load")]
public sealed record GatewayLoad(
    string Version,
    long Active,
    long Accepted,
    long BytesUp,
    long BytesDown,
    long Refused,
    long Epoch,
    bool Stopping = false);
