namespace Headgate.Connector.Drills;

/// <summary>What a drill saw.</summary>
public sealed record DrillResult
{
    /// <summary>The run's number within the job.</summary>
    public required long Run { get; init; }

    /// <summary>The gateway that carried it until the path was closed there.</summary>
    public required string From { get; init; }

    /// <summary>The gateways over which it went on, in order of first use.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>Streams that there were when the path was closed.</summary>
    public required int Streams { get; init; }

    /// <summary>How often streams went on over another connection after that.</summary>
    public required int Resumes { get; init; }

    /// <summary>The longest time that a stream was without a connection.</summary>
    public required TimeSpan LongestGap { get; init; }

    /// <summary>From the request to close the path until all streams had gone on elsewhere; where they did not, how long that was waited for.</summary>
    public required TimeSpan Pause { get; init; }

    /// <summary>Whether all streams left the gateway in time.</summary>
    public required bool Moved { get; init; }

    /// <summary>Objects that were uploaded.</summary>
    public required int Objects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>How many of them were read back with the right SHA-256.</summary>
    public required int Right { get; init; }

    /// <summary>Requests that the tool saw fail, in words: the first 8.</summary>
    public required IReadOnlyList<string> ToolErrors { get; init; }
}
