using System.Net;
using Headgate.Repository;
using Headgate.Silo;
using Headgate.Silo.Listening;

namespace Headgate.Server.Hosting;

/// <summary>What <c>headgate-server run</c> was told.</summary>
internal sealed class ServerOptions
{
    private const string FixedAllowed = "an IP address and a port of 1 to 65535, such as 127.0.0.1:6180 or [::1]:6180";

    private const int MaxContact = 200;

    public required SiloOptions Silo { get; init; }

    /// <summary>Where a gateway in this process listens, <c>address:port</c>; null for none.</summary>
    public string? WithGateway { get; init; }

    /// <summary>Where tenants reach that gateway, <c>host:port</c>; default what it listens on.</summary>
    public string? GatewayAddress { get; init; }

    /// <summary>Where a repository in this process keeps its data; null for none.</summary>
    public string? WithRepository { get; init; }

    /// <summary>Where that repository listens, <c>address:port</c>; default <c>127.0.0.1:6183</c>.</summary>
    public string RepositoryListen { get; init; } = "127.0.0.1:6183";

    /// <summary>How long a resumable stream waits at that repository for its connector when no connection carries it; default 20 min.</summary>
    public TimeSpan SessionWait { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Resumable streams that a tenant may have there at once; default 64.</summary>
    public int MaxSessionsPerTenant { get; init; } = 64;

    /// <summary>Bytes that resumable streams may hold there in all to send them again; default 256 MiB.</summary>
    public long SessionBytes { get; init; } = 256 << 20;

    /// <summary>Where the provider's portal listens, <c>address:port</c>; default <c>127.0.0.1:6184</c>; null for neither site.</summary>
    public string? PortalListen { get; init; } = "127.0.0.1:6184";

    /// <summary>Where the tenants' site listens for gateways, <c>address:port</c>; default <c>127.0.0.1:6185</c>.</summary>
    public string SiteListen { get; init; } = "127.0.0.1:6185";

    /// <summary>PEM file of the portal's certificate and those that follow it; default one of the authority's.</summary>
    public string? PortalCertificate { get; init; }

    /// <summary>PEM file of its private key.</summary>
    public string? PortalKey { get; init; }

    /// <summary>PEM file of the tenants' site's certificate and those that follow it; default one of the authority's.</summary>
    public string? SiteCertificate { get; init; }

    /// <summary>PEM file of its private key.</summary>
    public string? SiteKey { get; init; }

    /// <summary>How tenants reach the provider's people, for their recovery sheet; null leaves a line to fill in.</summary>
    public string? Contact { get; init; }

    /// <summary>How long a sign-in lasts; default 12 h.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Folder with the archives that are offered, and their <c>SHA256SUMS</c>; default <c>downloads</c> beside the program. Absent: none are.</summary>
    public string DownloadsDirectory { get; init; } = DefaultDownloads;

    /// <summary>Beside the program.</summary>
    public static string DefaultDownloads { get; } = Path.Combine(AppContext.BaseDirectory, "downloads");

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

        errors.AddRange(RepositoryOptionsValidator.ValidateSessions(SessionWait, MaxSessionsPerTenant, SessionBytes));

        foreach (var (option, value) in new[] { ("--portal-listen", PortalListen), ("--site-listen", SiteListen) })
        {
            if (value is not null && !EndPointText.TryParseListen(value, out _))
            {
                errors.Add($"{option} is '{value}'; allowed is {EndPointText.ListenAllowed}.");
            }
        }

        foreach (var (site, certificate, key) in new[] { ("portal", PortalCertificate, PortalKey), ("site", SiteCertificate, SiteKey) })
        {
            if (certificate is null != key is null)
            {
                errors.Add($"--{site}-certificate and --{site}-key go together; give both, or neither for a certificate of the authority.");
            }
        }

        if (Contact is not null && (string.IsNullOrWhiteSpace(Contact) || Contact.Length > MaxContact || Contact.Any(char.IsControl)))
        {
            errors.Add($"--contact has {Contact.Length} characters; allowed are 1 to {MaxContact}, without control characters, such as 'Example Hosting, +49 30 123456, help@example.com'.");
        }

        if (SessionLifetime < TimeSpan.FromSeconds(10) || SessionLifetime > TimeSpan.FromDays(30))
        {
            errors.Add($"--session-lifetime is {SessionLifetime.TotalSeconds:0} s; allowed is 10 s to 30 days.");
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
