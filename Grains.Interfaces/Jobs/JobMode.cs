namespace Headgate.Grains;

/// <summary>How a run meets network faults. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum JobMode
{
    /// <summary>They reach the tool; a failed attempt is retried.</summary>
    Backup = 0,

    /// <summary>They do not reach the tool.</summary>
    Copy = 1,

    /// <summary>Nothing of ours runs it: a stock client with an access key, whose state is told from its traffic.</summary>
    Agentless = 2,
}
