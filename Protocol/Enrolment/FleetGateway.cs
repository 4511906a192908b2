namespace Headgate.Protocol.Enrolment;

/// <summary>What a machine says of itself when it enrols as a gateway with a fleet token.</summary>
/// <param name="Gateway">The id it wants.</param>
/// <param name="Address">The name or address at which tenants reach it.</param>
/// <param name="Port">The port of it.</param>
/// <param name="Mode">One of <see cref="Direct"/> and <see cref="Nat"/>.</param>
public sealed record FleetGateway(string Gateway, string Address, int Port, string Mode)
{
    /// <summary>The address is on the gateway.</summary>
    public const string Direct = "direct";

    /// <summary>The address is on a firewall that forwards to the gateway.</summary>
    public const string Nat = "nat";
}
