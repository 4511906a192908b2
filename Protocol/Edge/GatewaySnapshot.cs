namespace Headgate.Protocol.Edge;

/// <summary>All that a gateway must know, at one sequence number.</summary>
/// <param name="Sequence">The stream's sequence number that this state includes.</param>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="Zone">The SP's zone.</param>
/// <param name="WantedState">The wanted state.</param>
/// <param name="Targets">Tenant API, tenants' site where there is one, repositories.</param>
/// <param name="Routes">Routes pushed to this gateway.</param>
/// <param name="DrainSecondsLeft">While draining: streams that are left after so many seconds are closed. Default: they have their own time.</param>
public sealed record GatewaySnapshot(
    long Sequence,
    string Gateway,
    string Zone,
    GatewayWantedState WantedState,
    IReadOnlyList<RelayTarget> Targets,
    IReadOnlyList<GatewayRoute> Routes,
    double? DrainSecondsLeft = null);
