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
/// <param name="RootPem">Every root that is trusted, the present one first.</param>
/// <param name="NextRoot">The fingerprint of a root that is announced and not used yet, or null.</param>
/// <param name="FormerRoot">The fingerprint of a root that was followed by another and is still trusted, or null.</param>
/// <param name="Behind">Programs that the next step of a roll-over would lock out.</param>
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
    string? NextRoot,
    string? FormerRoot,
    IReadOnlyList<string> Behind,
    DateTimeOffset IssuingEnds,
    IReadOnlyList<SiteFacts> Sites)
{
    public const string Path = "/v1/doctor";

    /// <summary>Maps the question.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, async (
        ServerOptions options, ListeningAddresses addresses, Authority authority, RollOver rollOver, Sites sites, CancellationToken token) =>
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
            authority.Trusted.FirstOrDefault(root => root.State == RootState.Next)?.Fingerprint,
            authority.Trusted.FirstOrDefault(root => root.State == RootState.Former)?.Fingerprint,
            [.. (await rollOver.BehindAsync(token)).Select(program => program.Identity)],
            new DateTimeOffset(authority.Issuing.NotAfter),
            sites.Facts())));
}
