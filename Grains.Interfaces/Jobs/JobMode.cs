namespace Headgate.Grains;

/// <summary>How a run meets network faults. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum JobMode
{
    /// <summary>They reach the tool; a failed attempt is retried.</summary>
    Backup = 0,

    /// <summary>They do not reach the tool.</summary>
    Copy = 1,
}
