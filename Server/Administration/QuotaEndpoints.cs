using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Quotas and the leases of repositories' hosts.</summary>
internal static class QuotaEndpoints
{
    private const int AtOnce = 16;

    public static void MapQuotas(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ManagementRoutes.Quotas, async (IClusterClient grains, string? tenant, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListQuotasAsync(tenant, Lists.Page(skip, take, search), token)));

        var quota = routes.MapGroup(ManagementRoutes.Tenants + "/{tenant}/quotas/{repository}");
        quota.MapGet("", async (string tenant, string repository, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Quota(grains, tenant, repository).ShowAsync(token)));
        quota.MapPut("", SetAsync);
        quota.MapDelete("", async (string tenant, string repository, QuotaRemoval? removal, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await TenantEndpoints.Tenant(grains, tenant).RemoveQuotaAsync(Lists.Id("repository", repository), removal ?? QuotaRemoval.WhenEmpty, token)));
        quota.MapPost("fence", async (string tenant, string repository, FenceRequest request, IClusterClient grains, CancellationToken token) =>
        {
            Check(request);
            return TypedResults.Ok(await Quota(grains, tenant, repository).FenceAsync(request.Host, request.Fence, token));
        });

        routes.MapPost(ManagementRoutes.Repositories + "/{repository}/fence", FenceAllAsync);
    }

    private static IQuotaGrain Quota(IClusterClient grains, string tenant, string repository)
    {
        new FieldChecks().Id("tenant", tenant).Id("repository", repository).Done();
        return grains.GetGrain<IQuotaGrain>($"{tenant}/{repository}");
    }

    private static void Check(FenceRequest request) =>
        new FieldChecks().Text("host", request.Host, 1, 64).Known("fence", request.Fence).Done();

    private static async Task<Ok<QuotaInfo>> SetAsync(
        string tenant, string repository, QuotaLimit request, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks()
            .Id("tenant", tenant)
            .Id("repository", repository)
            .Range("limitBytes", request.LimitBytes, 1024 * 1024, long.MaxValue)
            .Range("softLimitBytes", request.SoftLimitBytes ?? 0, 0, Math.Max(0, request.LimitBytes))
            .Done();
        return TypedResults.Ok(await grains.GetGrain<ITenantGrain>(tenant).SetQuotaAsync(
            repository, new QuotaTerms(request.LimitBytes, request.SoftLimitBytes), request.ExpectedVersion, cancellationToken));
    }

    /// <summary>One host, on every quota of the repository on which it has a lease. Repeating it does no harm; what was done before a fault stays done.</summary>
    private static async Task<Ok<FenceAnswer>> FenceAllAsync(string repository, FenceRequest request, IClusterClient grains, CancellationToken cancellationToken)
    {
        Check(request);
        await grains.GetGrain<IRepositoryGrain>(Lists.Id("repository", repository)).GetAsync(cancellationToken);
        var tenants = new List<string>();
        QuotaPage page;
        do
        {
            page = await Lists.Directory(grains).ListQuotasAsync(
                null, new PageRequest(tenants.Count, Lists.MaxTake, null, Filter: "repository:" + repository), cancellationToken);
            tenants.AddRange(page.Items.Select(quota => quota.Tenant));
        }
        while (page.Items.Length > 0 && tenants.Count < page.Total);

        var fenced = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            tenants,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (tenant, token) =>
            {
                try
                {
                    await Quota(grains, tenant, repository).FenceAsync(request.Host, request.Fence, token);
                    fenced.Add(tenant);
                }
                catch (RefusedException refusal) when (refusal.Reason is RefusalReason.NotFound or RefusalReason.NoQuota)
                {
                    // It never had a lease there, or the quota has gone.
                }
            });
        return fenced.IsEmpty
            ? throw new RefusedException(RefusalReason.NotFound, $"No host '{request.Host}' has a lease on repository '{repository}'. 'quota show' lists the hosts of a quota.")
            : TypedResults.Ok(new FenceAnswer(request.Host, [.. fenced.Order(StringComparer.Ordinal)]));
    }
}
