namespace Headgate.Connector.Drills;

/// <summary>Who closes the path, and is told how the drill goes.</summary>
public interface IDrillDirector
{
    /// <summary>Closes the path of <paramref name="run"/> at <paramref name="gateway"/>, and of no other run and nowhere else.</summary>
    Task ClosePathAsync(string job, long run, string gateway, CancellationToken cancellationToken);

    /// <summary>What the drill does from here on, in a sentence.</summary>
    void Say(string doing);
}
