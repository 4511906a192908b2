using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Enrolment;
using Headgate.Silo.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.EdgeApi;

/// <summary>The edge API (docs/api-edge.md): gateways and repositories.</summary>
internal static class EdgeApiEndpoints
{
    /// <summary>Maps it onto its listener.</summary>
    public static void MapEdgeApi(this IApplicationBuilder app) => app.MapApi(ApiKind.Edge, api => api.UseSiloApi(ApiKind.Edge, routes =>
    {
        routes.MapEnrolment(CertificateRole.Gateway, CertificateRole.Repository);
        routes.MapGet(EdgeRoutes.Stream, (HttpContext context, StreamEndpoint stream) => stream.ServeAsync(context))
            .RequireRole(CertificateRole.Gateway, CertificateRole.Repository)
            .WithRate(RateRule.Streams);
        routes.MapGateways();
        routes.MapRepositories();
        routes.MapAccess();
        LeaseEndpoint.Map(routes);
    }));
}
