using Headgate.Server.Backup;
using Headgate.Server.Doctor;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;

namespace Headgate.Server.Administration;

/// <summary>The management API on the socket in the data directory: the socket file's mode (0600) is who may.</summary>
internal static class ManagementApi
{
    /// <summary>Maps it onto its listener.</summary>
    public static void MapManagementApi(this IApplicationBuilder app) => app.MapApi(ApiKind.Management, api => api
        .UseObservation(ApiKind.Management)
        .UseProblems()
        .UseVersionGate()
        .UseProvider("administrator")
        .UseIfMatch()
        .UseRequestRates(RateRule.Management)
        .UseRouting()
        .UseEndpoints(routes =>
        {
            routes.MapAuthority();
            routes.MapTenants();
            routes.MapQuotas();
            routes.MapGateways();
            routes.MapRepositories();
            routes.MapFleetTokens();
            routes.MapJobs();
            routes.MapDrills();
            routes.MapAccounts();
            routes.MapBackup();
            DoctorFacts.Map(routes);
        }));
}
