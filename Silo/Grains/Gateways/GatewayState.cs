using Headgate.Grains;
using Headgate.Silo.Grains.Enrolment;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>What a gateway grain remembers. Liveness and load are not written.</summary>
[GenerateSerializer]
internal sealed class GatewayState : EnrolledState
{
    [Id(0)]
    public GatewayMode Mode { get; set; }

    [Id(1)]
    public string Host { get; set; } = "";

    [Id(2)]
    public int Port { get; set; }

    [Id(3)]
    public int Weight { get; set; }

    [Id(4)]
    public List<string> Pools { get; set; } = [];

    [Id(5)]
    public WantedState WantedState { get; set; }

    [Id(6)]
    public DateTimeOffset Created { get; set; }

    [Id(7)]
    public string DisplayName { get; set; } = "";

    /// <summary>Since when it drains; null when it does not.</summary>
    [Id(8)]
    public DateTimeOffset? DrainBegan { get; set; }

    /// <summary>How many connections it had then.</summary>
    [Id(9)]
    public long DrainConnections { get; set; }

    /// <summary>When what is left is closed; null: never.</summary>
    [Id(10)]
    public DateTimeOffset? DrainEnds { get; set; }
}
