using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Failover;

/// <summary>A run as the user asked for it.</summary>
internal sealed record RunPlan
{
    /// <summary>What a stop by Ctrl-C or a signal is called.</summary>
    public const string StoppedByUser = "Stopped by the user";

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>How it meets network faults.</summary>
    public JobKind Kind { get; init; } = JobKind.Backup;

    /// <summary>The cloud repository's id.</summary>
    public required string Repository { get; init; }

    /// <summary>This machine's name.</summary>
    public required string Host { get; init; }

    /// <summary>The path of the restic repository within the tenant's space: <c>/</c>, <c>/name/</c> or <c>/name/name/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Which tool it is, and what follows from that.</summary>
    public required ToolProfile Tool { get; init; }

    /// <summary>Further attempts after the first, and further tries to begin while the provider cannot be reached.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Between attempts, give or take 20 %.</summary>
    public TimeSpan RetryWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What Ctrl-C means.</summary>
    public StopMeaning Stop { get; init; }

    /// <summary>What a stop is called in the run's record, without the full stop.</summary>
    public string StopWords { get; init; } = StoppedByUser;
}
