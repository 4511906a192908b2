using System.Net;
using Headgate.Silo;
using Headgate.Silo.Listening;

namespace Headgate.Server.Hosting;

/// <summary>What <c>headgate-server run</c> was told.</summary>
internal sealed class ServerOptions
{
    private const string FixedAllowed = "an IP address and a port of 1 to 65535, such as 127.0.0.1:6180 or [::1]:6180";

    public required SiloOptions Silo { get; init; }

    /// <summary>Where a gateway in this process listens, <c>address:port</c>; null for none.</summary>
    public string? WithGateway { get; init; }

    /// <summary>Where tenants reach that gateway, <c>host:port</c>; default what it listens on.</summary>
    public string? GatewayAddress { get; init; }

    /// <summary>Where a repository in this process keeps its data; null for none.</summary>
    public string? WithRepository { get; init; }

    /// <summary>Where that repository listens, <c>address:port</c>; default <c>127.0.0.1:6183</c>.</summary>
    public string RepositoryListen { get; init; } = "127.0.0.1:6183";

    /// <summary>Least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>A sentence for each option that cannot be.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [.. SiloOptionsValidator.Validate(Silo)];
        // Both are registered under their address before they listen, so a port that the system chooses cannot serve.
        if (WithGateway is not null && !IsFixed(WithGateway))
        {
            errors.Add($"--with-gateway is '{WithGateway}'; allowed is {FixedAllowed}.");
        }
        else if (WithGateway is not null && GatewayAddress is null && IPEndPoint.Parse(WithGateway).Address is var address && IsAny(address))
        {
            errors.Add($"--with-gateway is '{WithGateway}', which no tenant can dial; give --gateway-address HOST:PORT beside it.");
        }

        if ((WithGateway ?? WithRepository) is not null && !IsFixed(Silo.EdgeListen))
        {
            errors.Add($"--edge-listen is '{Silo.EdgeListen}'; with --with-gateway or --with-repository allowed is {FixedAllowed}: they come back to it after a restart.");
        }

        if (GatewayAddress is not null && !EndPointText.TryParseHost(GatewayAddress, out _, out _))
        {
            errors.Add($"--gateway-address is '{GatewayAddress}'; allowed is {EndPointText.HostAllowed}.");
        }

        if (WithRepository is not null && string.IsNullOrWhiteSpace(WithRepository))
        {
            errors.Add("--with-repository is empty; allowed is a directory.");
        }

        if (!IsFixed(RepositoryListen) || IsAny(IPEndPoint.Parse(RepositoryListen).Address))
        {
            errors.Add($"--repository-listen is '{RepositoryListen}'; allowed is {FixedAllowed}, and an address that gateways can dial.");
        }

        return errors;
    }

    private static bool IsFixed(string text) => EndPointText.TryParseListen(text, out var endPoint) && endPoint.Port > 0;

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
