namespace Headgate.Connector.Jobs;

/// <summary>Starts runs of kept jobs.</summary>
internal interface IRunStarter
{
    /// <summary>Starts a run of <paramref name="job"/> in a process of its own.</summary>
    /// <exception cref="Commands.ConnectorFailureException">The process cannot be started.</exception>
    IStartedRun Start(string job);
}
