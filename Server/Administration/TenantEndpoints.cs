using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Tenants, their connectors and access keys.</summary>
internal static class TenantEndpoints
{
    private const int MaxNameChars = 100;
    private const int MaxPools = 32;
    private const int MaxRunLimit = 10_000;

    public static void MapTenants(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(ManagementRoutes.Tenants, CreateAsync);
        routes.MapGet(ManagementRoutes.Tenants, async (IClusterClient grains, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListTenantsAsync(Lists.Page(skip, take, search), token)));

        var tenant = routes.MapGroup(ManagementRoutes.Tenants + "/{tenant}");
        tenant.MapGet("", async (string tenant, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Tenant(grains, tenant).GetAsync(token)));
        tenant.MapPatch("", ChangeAsync);
        tenant.MapPost("codes", CreateCodeAsync);
        tenant.MapDelete("connectors/{connector}", async (string tenant, string connector, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Tenant(grains, tenant).RevokeConnectorAsync(Lists.Id("connector", connector), token)));
        tenant.MapPost("access-keys", CreateAccessKeyAsync);
        tenant.MapDelete("access-keys/{key}", async (string tenant, string key, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Tenant(grains, tenant).RevokeAccessKeyAsync(key, token)));
    }

    internal static ITenantGrain Tenant(IClusterClient grains, string tenant) => grains.GetGrain<ITenantGrain>(Lists.Id("tenant", tenant));

    private static async Task<Ok<TenantInfo>> CreateAsync(NewTenant request, IClusterClient grains, CancellationToken cancellationToken)
    {
        Check(new FieldChecks().Id("tenant", request.Tenant).Text("displayName", request.DisplayName, 1, MaxNameChars), request.Pools, request.RunLimit, request.BytesPerSecond).Done();
        return TypedResults.Ok(await grains.GetGrain<ITenantGrain>(request.Tenant).CreateAsync(
            new CreateTenant(request.DisplayName, [.. request.Pools ?? []], request.LeaseEnds, request.RunLimit, request.BytesPerSecond), cancellationToken));
    }

    private static async Task<Ok<TenantInfo>> ChangeAsync(string tenant, TenantChange request, IClusterClient grains, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks().Id("tenant", tenant);
        if (request.DisplayName is not null)
        {
            checks.Text("displayName", request.DisplayName, 1, MaxNameChars);
        }

        Check(checks, request.Pools, request.RunLimit ?? 0, request.BytesPerSecond is 0 ? null : request.BytesPerSecond).Done();
        return TypedResults.Ok(await grains.GetGrain<ITenantGrain>(tenant).ChangeAsync(
            new ChangeTenant(
                request.DisplayName,
                request.Status,
                request.Pools is null ? null : [.. request.Pools],
                request.NoLeaseEnd ? DateTimeOffset.MaxValue : request.LeaseEnds,
                request.RunLimit,
                request.ExpectedVersion,
                request.BytesPerSecond),
            cancellationToken));
    }

    private static async Task<Ok<CodeAnswer>> CreateCodeAsync(
        string tenant, NewConnectorCode request, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks().Known("level", request.Level).Done();
        var secret = await Tenant(grains, tenant).CreateCodeAsync(CodeLifetime.Of(request.LifetimeSeconds), request.Level, cancellationToken);
        return TypedResults.Ok(CodeAnswer.Of(secret));
    }

    private static async Task<Ok<AccessKeyAnswer>> CreateAccessKeyAsync(
        string tenant, NewAccessKey request, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks()
            .Id("tenant", tenant)
            .Id("repository", request.Repository)
            .Text("name", request.Name, 1, MaxNameChars)
            .Known("level", request.Level)
            .Done();
        var key = await grains.GetGrain<ITenantGrain>(tenant).CreateAccessKeyAsync(request.Repository, request.Name, request.Level, cancellationToken);
        return TypedResults.Ok(new AccessKeyAnswer(key.Key, key.Secret, key.AccessName, key.Url));
    }

    private static FieldChecks Check(FieldChecks checks, IReadOnlyList<string>? pools, int runLimit, long? bytesPerSecond)
    {
        var bad = pools?.FirstOrDefault(pool => !Identifier.IsValid(pool));
        return checks
            .Require(pools?.All(Identifier.IsValid) ?? true, "pools", bad, Identifier.Allowed)
            .Range("pools (number)", pools?.Count ?? 0, 0, MaxPools)
            .Range("runLimit", runLimit, 0, MaxRunLimit)
            .Range("bytesPerSecond", bytesPerSecond ?? TenantBandwidth.LeastBytesPerSecond, TenantBandwidth.LeastBytesPerSecond, TenantBandwidth.MostBytesPerSecond);
    }
}
