namespace Headgate.Connector.Jobs;

/// <summary>A run in a process of its own.</summary>
internal interface IStartedRun : IDisposable
{
    /// <summary>Whether the process has ended.</summary>
    bool HasEnded { get; }

    /// <summary>What it ended with.</summary>
    int ExitCode { get; }

    /// <summary>Asks it to stop its tool, tell the provider, and end; after <paramref name="patience"/> it is made to.</summary>
    Task StopAsync(TimeSpan patience);
}
