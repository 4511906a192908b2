using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Drills;

/// <summary>A failover drill as it is to be carried out.</summary>
public sealed record DrillPlan
{
    /// <summary>The job whose run it is.</summary>
    public required string Job { get; init; }

    /// <summary>The cloud repository's id.</summary>
    public required string Repository { get; init; }

    /// <summary>Where gateways answer: the provider's public name is not asked.</summary>
    public required GatewayList Gateways { get; init; }

    /// <summary>How long it uploads; the path is closed when two fifths of it are over. Default: 10 s.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the streams may take to go on elsewhere before the drill counts as failed. Default: 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Uploads at once, each over a stream of its own. Default: 4.</summary>
    public int Streams { get; init; } = 4;

    /// <summary>Bytes of each object. Default: 512 KiB.</summary>
    public int ObjectBytes { get; init; } = 512 * 1024;

    /// <summary>Bytes that each stream sends in a second, about. Default: 512 KiB.</summary>
    public int BytesPerSecond { get; init; } = 512 * 1024;
}
