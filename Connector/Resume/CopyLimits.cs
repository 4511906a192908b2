using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Resume;

namespace Headgate.Connector.Resume;

/// <summary>Limits of a copy run's streams.</summary>
internal sealed record CopyLimits
{
    /// <summary>
    /// How long one address may take in a stream's first round over the list. Default: 1 s to connect, 1.5 s for TLS. A gateway that stands still accepts
    /// connections all the same, so the second is what its silence costs.
    /// </summary>
    public DialTimeouts FirstRound { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5));

    /// <summary>The same in every further round. Default: 3 s each.</summary>
    public DialTimeouts LaterRounds { get; init; } = DialTimeouts.Default;

    /// <summary>How long the repository may take to answer the first frame of a leg. Default: 3 s.</summary>
    public TimeSpan Hello { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Pause after the first round, give or take half; each further one is twice as long. Default: 100 ms.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between two rounds. Default: 5 s.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Streams that lose the same gateway within this time after the first has found its way go the same way. Default: 1 s.</summary>
    public TimeSpan Together { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the repository may refuse a stream for want of room before the tool hears of it. Default: 1 min.</summary>
    public TimeSpan Room { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stream that is no longer wanted may take to say so. Default: 2 s.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most bytes that all streams of the run hold for replay. Default: 64 MiB.</summary>
    public long HeldBytes { get; init; } = 64L << 20;

    /// <summary>Limits of each session; its wait is how long a stream looks for a gateway.</summary>
    public ResumeLimits Session { get; init; } = new();
}
