using Headgate.Server.Backup;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;

namespace Headgate.Server.Doctor;

/// <summary>What <c>doctor</c> asks of the running server.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Zone">The provider's zone.</param>
/// <param name="PublicName">The name tenants enrol at.</param>
/// <param name="EdgeAddress">Where gateways and repositories reach the edge API.</param>
/// <param name="TenantAddress">Where gateways reach the tenant API.</param>
/// <param name="EdgeListen">What the edge API listens on.</param>
/// <param name="TenantListen">What the tenant API listens on.</param>
/// <param name="RootPem">The authority's root.</param>
/// <param name="IssuingEnds">When the issuing certificate ends.</param>
/// <param name="Sites">The portal and the tenants' site; empty where there are none.</param>
internal sealed record DoctorFacts(
    int Pid,
    string Version,
    string Zone,
    string PublicName,
    string EdgeAddress,
    string TenantAddress,
    string EdgeListen,
    string TenantListen,
    string RootPem,
    DateTimeOffset IssuingEnds,
    IReadOnlyList<SiteFacts> Sites)
{
    public const string Path = "/v1/doctor";

    /// <summary>Maps the question.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (ServerOptions options, ListeningAddresses addresses, Authority authority, Sites sites) =>
        TypedResults.Ok(new DoctorFacts(
            Environment.ProcessId,
            BackupMaker.ProgramVersion,
            options.Silo.Zone,
            options.Silo.PublicName ?? "cc." + options.Silo.Zone,
            EndPointText.Format(addresses.EdgeAddress.Host, addresses.EdgeAddress.Port),
            EndPointText.Format(addresses.TenantAddress.Host, addresses.TenantAddress.Port),
            addresses.Edge.ToString(),
            addresses.Tenant.ToString(),
            authority.RootPem,
            new DateTimeOffset(authority.Issuing.NotAfter),
            sites.Facts())));
}
