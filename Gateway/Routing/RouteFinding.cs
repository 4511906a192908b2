namespace Headgate.Gateway.Routing;

/// <summary>What the cache knows of a name.</summary>
internal enum RouteFinding
{
    /// <summary>Nothing: ask the silo.</summary>
    Miss,

    /// <summary>A route that may be used.</summary>
    Fresh,

    /// <summary>A route past its time: ask the silo, and use it only when no silo can be asked.</summary>
    Stale,

    /// <summary>The silo said lately that it leads nowhere.</summary>
    Nowhere,
}
