using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Fleet;

/// <summary>What a fleet token grain remembers.</summary>
[GenerateSerializer]
internal sealed class FleetTokenState : StoredState
{
    [Id(0)]
    public string Name { get; set; } = "";

    /// <summary>Of the secret's characters: 128 random bits need no slow hash.</summary>
    [Id(1)]
    public ImmutableArray<byte> SecretSha256 { get; set; } = [];

    [Id(2)]
    public List<string> Pools { get; set; } = [];

    [Id(3)]
    public int Weight { get; set; }

    [Id(4)]
    public int MaxGateways { get; set; }

    /// <summary>Gateways that have a place in its number. A place is taken before the gateway is made.</summary>
    [Id(5)]
    public List<string> Gateways { get; set; } = [];

    [Id(6)]
    public DateTimeOffset Created { get; set; }

    [Id(7)]
    public DateTimeOffset Expires { get; set; }

    [Id(8)]
    public bool Revoked { get; set; }
}
