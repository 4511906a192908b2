using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>A tenant's connections on one loop: how much they moved in this round of events, and which of them wait for the tenant's bandwidth.</summary>
internal sealed class LoopTenant(TenantMeter meter)
{
    public TenantMeter Meter => meter;

    /// <summary>Connections of this loop.</summary>
    public int Connections { get; set; }

    /// <summary>The round that <see cref="MovedInRound"/> is about.</summary>
    public long Round { get; set; }

    public long MovedInRound { get; set; }

    /// <summary>Who waits, in turn: up and down.</summary>
    public Queue<(EdgeConnection Connection, uint Generation)> HeldUp { get; } = new();

    public Queue<(EdgeConnection Connection, uint Generation)> HeldDown { get; } = new();
}
