using Headgate.Gateway.Draining;

namespace Headgate.Gateway.Heartbeat;

/// <summary>What the status file holds: counters since the process started, and whether that process still lives.</summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Running">Whether the process that wrote this still runs; false in the file once it stopped by itself.</param>
/// <param name="Pid">That process.</param>
/// <param name="Epoch">When it started counting, in Unix milliseconds.</param>
/// <param name="Written">When this was written.</param>
/// <param name="Listening">Where it takes connections; empty while it cannot serve.</param>
/// <param name="WantedState">What the silo wants it to be.</param>
/// <param name="Draining">How far a drain by the provider is; absent while there is none.</param>
/// <param name="SiloSilentSeconds">How long the silo has not been heard; absent when it never was.</param>
/// <param name="Routes">Routes cached.</param>
/// <param name="Active">Connections being relayed.</param>
/// <param name="Accepted">Connections accepted.</param>
/// <param name="Relayed">Relays begun.</param>
/// <param name="BytesUp">Bytes from tenants that targets took.</param>
/// <param name="BytesDown">Bytes from targets that tenants took.</param>
/// <param name="ResetByDrain">Connections that the end of a drain reset.</param>
/// <param name="Descriptors">What connections may hold and hold; absent where there is no limit.</param>
/// <param name="Refused">Refusals by reason.</param>
internal sealed record GatewayStatus(
    string Gateway,
    string Version,
    bool Running,
    int Pid,
    long Epoch,
    DateTimeOffset Written,
    IReadOnlyList<string> Listening,
    string WantedState,
    DrainProgress? Draining,
    double? SiloSilentSeconds,
    int Routes,
    long Active,
    long Accepted,
    long Relayed,
    long BytesUp,
    long BytesDown,
    long ResetByDrain,
    DescriptorUse? Descriptors,
    IReadOnlyDictionary<string, long> Refused);
