namespace Headgate.Portal.Provider.Gateways;

/// <summary>Where a machine of a fleet takes its public address from.</summary>
internal enum FleetAddressKind
{
    /// <summary>Its full host name.</summary>
    HostName,

    /// <summary>Its first IPv4 address.</summary>
    Address,
}
