namespace Headgate.Connector.Failover;

/// <summary>The tool that a run runs.</summary>
internal interface ITool
{
    /// <summary>Runs it to its end and returns its exit code; once <paramref name="stop"/> is cancelled it is asked to end, and after a while made to.</summary>
    /// <param name="repositoryUrl">The value of <c>RESTIC_REPOSITORY</c>; a secret.</param>
    /// <param name="stop">Ends the tool, not the wait for it.</param>
    /// <exception cref="Commands.ConnectorFailureException">It cannot be started.</exception>
    Task<int> RunAsync(string repositoryUrl, CancellationToken stop);
}
