using Headgate.Grains;
using Headgate.Portal;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Failover drills: asked for, seen and scheduled here, carried out by the server itself.</summary>
internal static class DrillEndpoints
{
    private const string DefaultPool = "default";
    private const int MaxCron = 200;

    public static void MapDrills(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ManagementRoutes.Drills, async (IClusterClient grains, CancellationToken token) => TypedResults.Ok(await grains.Drills().GetAsync(token)));
        routes.MapPost(ManagementRoutes.Drills, StartAsync);
        routes.MapPut(ManagementRoutes.DrillSchedule, ScheduleAsync);
        routes.MapDelete(ManagementRoutes.DrillSchedule, async (IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await grains.Drills().ScheduleAsync(null, token)));
    }

    private static async Task<Ok<DrillInfo>> StartAsync(NewDrill request, IClusterClient grains, CancellationToken cancellationToken) =>
        TypedResults.Ok(await grains.Drills().StartAsync(
            new StartDrill(await RepositoryAsync(request.Repository, grains, cancellationToken), request.Pool ?? DefaultPool), cancellationToken));

    private static async Task<Ok<DrillBook>> ScheduleAsync(
        NewDrillSchedule request, IClusterClient grains, ICronReader crons, TimeProvider time, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks().Text("cron", request.Cron, 1, MaxCron);
        checks.Done();
        var next = crons.Next(request.Cron, time.GetUtcNow(), out var refusal);
        if (refusal is not null)
        {
            checks.Add("cron", refusal);
        }

        checks.Require(next is not null || refusal is not null, "cron", request.Cron, "an expression that names a time to come").Done();
        var repository = await RepositoryAsync(request.Repository, grains, cancellationToken);
        return TypedResults.Ok(await grains.Drills().ScheduleAsync(
            new DrillSchedule(request.Cron, repository, request.Pool ?? DefaultPool, next?.ToUniversalTime()), cancellationToken));
    }

    /// <summary>The one that was named, or else the only one that there is.</summary>
    private static async Task<string> RepositoryAsync(string? named, IClusterClient grains, CancellationToken cancellationToken)
    {
        if (named is not null)
        {
            return Lists.Id("repository", named);
        }

        var page = await Lists.Directory(grains).ListRepositoriesAsync(new PageRequest(0, 2, null), cancellationToken);
        var checks = new FieldChecks();
        checks.Require(page.Items.Length == 1, "repository", null, $"the id of one: there are {page.Total}");
        checks.Done();
        return page.Items[0].Repository;
    }
}
