using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Enrolment;

/// <summary>Which gateway this machine is to be when its code is a fleet token's; a gateway's own code says that itself.</summary>
/// <param name="Id"><c>--id</c>; null: the host name's first label.</param>
/// <param name="Address"><c>--address</c>: where tenants reach it, host and port.</param>
/// <param name="Mode"><c>--mode</c>; null: <c>direct</c>.</param>
internal sealed record FleetPlace(string? Id, string? Address, string? Mode)
{
    /// <summary>What the silo is told; null where <paramref name="code"/> is no fleet token's. Each fault is a sentence with the option, its value and what is allowed.</summary>
    public FleetGateway? For(EnrolmentCode code, string hostName, List<string> faults)
    {
        if (!code.IsFleet)
        {
            if (Id is not null || Address is not null || Mode is not null)
            {
                faults.Add("--id, --address and --mode go with a fleet token's code (hg1:fleet:...) only: the silo knows them of the gateway that this code is for.");
            }

            return null;
        }

        var found = faults.Count;
        var id = Id ?? Identifier.FromHostName(hostName);
        if (!Identifier.IsValid(id))
        {
            faults.Add(Id is null
                ? $"This machine's name '{hostName}' gives no id for the gateway: name one with --id, {Identifier.Allowed}."
                : $"--id is '{Id}'; allowed are {Identifier.Allowed}.");
        }

        if (!TryParse(Address, out var host, out var port))
        {
            faults.Add(
                (Address is null ? "--address is missing" : $"--address '{Address}' is no address")
                + ": with a fleet token's code, say where tenants reach this gateway, such as gw1.example.com:6180, 203.0.113.7:6180 or [2001:db8::1]:6180.");
        }

        if (Mode is not (null or FleetGateway.Direct or FleetGateway.Nat))
        {
            faults.Add($"--mode is '{Mode}'; allowed are {FleetGateway.Direct} and {FleetGateway.Nat}.");
        }

        return faults.Count == found ? new FleetGateway(id!, host!, port, Mode ?? FleetGateway.Direct) : null;
    }

    private static bool TryParse(string? text, [NotNullWhen(true)] out string? host, out int port)
    {
        (host, port) = (null, 0);
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return false;
        }

        host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            return host.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(host, out _);
        }

        return ZoneNames.IsDnsName(host);
    }
}
