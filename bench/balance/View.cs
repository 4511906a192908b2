using Headgate.Grains;

namespace Headgate.Balance.Bench;

/// <summary>What a silo knows: each gateway's last heartbeat, up to a second old, and who is in lists.</summary>
internal sealed class View(int gateways)
{
    public PoolMember[] Members { get; } = [.. Enumerable.Range(0, gateways).Select(i => Member(i, 0, 0, 0))];

    /// <summary>Heard within 5 s.</summary>
    public bool[] Listed { get; } = new bool[gateways];

    /// <summary>Rises when somebody comes or goes.</summary>
    public long Version { get; set; }

    public static PoolMember Member(int gateway, long active, long accepted, long epoch) =>
        new($"gtw{gateway}", "192.0.2.1", 6180, 100, WantedState.Active, true, active, accepted, epoch);
}
