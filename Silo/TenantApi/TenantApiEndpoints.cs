using Headgate.Protocol.Naming;
using Headgate.Silo.Enrolment;
using Headgate.Silo.Listening;
using Microsoft.AspNetCore.Builder;

namespace Headgate.Silo.TenantApi;

/// <summary>The tenant API (docs/api-tenant.md): connectors, each for its own tenant. Tenant and connector are the certificate's, never the request's.</summary>
internal static class TenantApiEndpoints
{
    /// <summary>Maps it onto its listener.</summary>
    public static void MapTenantApi(this IApplicationBuilder app) => app.MapApi(ApiKind.Tenant, api => api.UseSiloApi(ApiKind.Tenant, routes =>
    {
        routes.MapEnrolment(CertificateRole.Connector);
        routes.MapTenantStatus();
        routes.MapRuns();
        routes.MapPlans();
        routes.MapSnapshots();
    }));
}
