using Headgate.Grains;

namespace Headgate.Server.Administration;

/// <summary>Jobs: seen and cancelled here, made by connectors.</summary>
internal static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ManagementRoutes.Jobs, async (IClusterClient grains, string? tenant, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListJobsAsync(tenant, Lists.Page(skip, take, search), token)));

        var job = routes.MapGroup(ManagementRoutes.Tenants + "/{tenant}/jobs/{job}");
        job.MapGet("", async (string tenant, string job, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Job(grains, tenant, job).GetAsync(token)));
        job.MapPost("cancel", async (string tenant, string job, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Job(grains, tenant, job).CancelAsync(token)));
    }

    private static IJobGrain Job(IClusterClient grains, string tenant, string job) =>
        grains.GetGrain<IJobGrain>($"{Lists.Id("tenant", tenant)}/{Lists.Id("job", job)}");
}
