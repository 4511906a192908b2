namespace Headgate.Connector.Jobs;

/// <summary>What becomes of due times that passed while nothing could run: the machine was off or slept, the service was stopped, the clock was set ahead.</summary>
internal enum MissedRule
{
    /// <summary>One run makes up for all of them.</summary>
    Run,

    /// <summary>They are left out.</summary>
    Skip,
}
