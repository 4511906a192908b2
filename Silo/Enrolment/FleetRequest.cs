using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;

namespace Headgate.Silo.Enrolment;

/// <summary>What a gateway with a fleet token's code says of itself.</summary>
internal static class FleetRequest
{
    /// <summary>The role of such a request.</summary>
    public const string Role = "fleet";

    /// <summary>Names each field that cannot be.</summary>
    public static void Check(FieldChecks checks, EnrolmentRequest request)
    {
        var address = EndPointText.Format(request.Address ?? "", request.Port ?? 0);
        checks
            .Id("gateway", request.Gateway)
            .Require(EndPointText.TryParseHost(address, out _, out _), "address", address, EndPointText.HostAllowed)
            .Require(request.Mode is null or FleetGateway.Direct or FleetGateway.Nat, "mode", request.Mode, $"{FleetGateway.Direct} or {FleetGateway.Nat}");
    }

    /// <summary>A checked request as the grain takes it.</summary>
    public static FleetClaim Claim(EnrolmentRequest request, byte[] publicKey) => new(
        request.Secret,
        [.. publicKey],
        request.Gateway!,
        request.Mode == FleetGateway.Nat ? GatewayMode.Nat : GatewayMode.Direct,
        request.Address!,
        request.Port!.Value);
}
