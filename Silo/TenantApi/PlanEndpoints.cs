using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.TenantApi;

/// <summary>What a machine's service means to run, and a machine's wish that its own run stops.</summary>
internal static class PlanEndpoints
{
    private const int MaxPlans = 200;
    private const int MaxScheduleChars = 200;
    private const int MaxWhyChars = 500;

    public static void MapPlans(this IEndpointRouteBuilder routes)
    {
        routes.MapPut(TenantRoutes.Plans, PutAsync).RequireRole(CertificateRole.Connector).WithRate(RateRule.Plans);
        routes.MapPost(TenantRoutes.Cancel("{job}"), CancelAsync).RequireRole(CertificateRole.Connector);
    }

    private static async Task<Ok<PlansAnswer>> PutAsync(
        PlansRequest request, HttpContext context, IClusterClient grains, IDbContextFactory<SiloDbContext> contexts, CancellationToken cancellationToken)
    {
        var plans = request.Plans ?? [];
        Check(plans);
        var peer = context.Peer();
        var refused = new List<RefusedPlan>();
        foreach (var plan in plans)
        {
            try
            {
                await grains.GetGrain<IJobGrain>($"{peer.Tenant}/{plan.Job}").PlanAsync(
                    new PlanJob(peer.Connector, plan.Kind.ToGrain(), plan.Repository, plan.Schedule, plan.Next, plan.Skipped, plan.Why), cancellationToken);
            }
            catch (RefusedException refusal)
            {
                refused.Add(new RefusedPlan(plan.Job, refusal.Message));
            }
        }

        var kept = plans.Select(plan => plan.Job).ToArray();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var withdrawn = await db.Jobs
            .Where(job => job.Tenant == peer.Tenant && job.PlannedBy == peer.Connector && !kept.Contains(job.Id))
            .Select(job => job.Id)
            .ToListAsync(cancellationToken);
        foreach (var job in withdrawn)
        {
            await grains.GetGrain<IJobGrain>($"{peer.Tenant}/{job}").WithdrawPlanAsync(peer.Connector, cancellationToken);
        }

        return TypedResults.Ok(new PlansAnswer(refused));
    }

    private static async Task<Ok<JobStatus>> CancelAsync(string job, HttpContext context, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks().Id("job (in the path)", job).Done();
        var peer = context.Peer();
        return TypedResults.Ok((await grains.GetGrain<IJobGrain>($"{peer.Tenant}/{job}").CancelOwnAsync(peer.Connector, cancellationToken)).ToWire());
    }

    private static void Check(IReadOnlyList<PlannedJob> plans)
    {
        var checks = new FieldChecks()
            .Range("plans (entries)", plans.Count, 0, MaxPlans)
            .Require(!plans.Any(plan => plan is null), "plans", "null", "jobs with their plans")
            .Require(plans.Where(plan => plan is not null).DistinctBy(plan => plan.Job).Count() == plans.Count(plan => plan is not null), "plans", "twice the same job", "each job once");
        foreach (var plan in plans.Where(plan => plan is not null).Take(MaxPlans))
        {
            checks
                .Id("job", plan.Job)
                .Known("kind", plan.Kind)
                .Id("repository", plan.Repository)
                .Text("schedule", plan.Schedule, 1, MaxScheduleChars)
                .Text("why", plan.Why, 0, MaxWhyChars)
                .Require(plan.Next > DateTimeOffset.UnixEpoch, "next", plan.Next.ToString("O", System.Globalization.CultureInfo.InvariantCulture), "a time after 1970");
        }

        checks.Done();
    }
}
