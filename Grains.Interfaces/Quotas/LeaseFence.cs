namespace Headgate.Grains;

/// <summary>What an administrator says of a host that is to be fenced.</summary>
[GenerateSerializer]
public enum LeaseFence
{
    /// <summary>It does not write any more; what it stored is still there and counts.</summary>
    Stopped = 0,

    /// <summary>Its data are gone for good: what it stored counts no more.</summary>
    DataGone = 1,
}
