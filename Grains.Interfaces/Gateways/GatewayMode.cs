namespace Headgate.Grains;

/// <summary>Where the public address is. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum GatewayMode
{
    /// <summary>On the gateway.</summary>
    Direct = 0,

    /// <summary>On a firewall that forwards to it.</summary>
    Nat = 1,
}
