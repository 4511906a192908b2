namespace Headgate.Grains;

/// <summary>What the SP wants a gateway to be. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum WantedState
{
    /// <summary>Accept and relay.</summary>
    Active = 0,

    /// <summary>In no list; accept nothing new; let streams finish.</summary>
    Draining = 1,

    /// <summary>Closed.</summary>
    Disabled = 2,
}
