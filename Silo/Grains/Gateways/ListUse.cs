namespace Headgate.Silo.Grains.Gateways;

/// <summary>What a gateway list is for.</summary>
internal enum ListUse
{
    /// <summary>An attempt begins: its connections come now, and are promised to #1.</summary>
    Begins,

    /// <summary>A run goes on and may need another gateway some time; nothing is promised.</summary>
    GoesOn,
}
