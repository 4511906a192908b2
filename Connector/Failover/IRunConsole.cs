namespace Headgate.Connector.Failover;

/// <summary>Where a run tells the user how it goes.</summary>
internal interface IRunConsole
{
    /// <summary>One line, beside the tool's own output.</summary>
    void Say(string sentence);

    /// <summary>Waits and shows that: counting down on a terminal, one line elsewhere.</summary>
    Task WaitAsync(string why, TimeSpan pause, TimeProvider time, CancellationToken token);
}
