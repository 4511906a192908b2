using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Fleet tokens: many gateways enrol by themselves.</summary>
internal static class FleetEndpoints
{
    private const int MaxNameChars = 100;
    private const int MaxWeight = 1000;
    private const int MaxGateways = 1000;
    private const long MinSeconds = 60;
    private const long MaxSeconds = 366L * 24 * 3600;

    public static void MapFleetTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(ManagementRoutes.FleetTokens, CreateAsync);
        routes.MapGet(ManagementRoutes.FleetTokens, async (IClusterClient grains, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListFleetTokensAsync(Lists.Page(skip, take, search), token)));
        routes.MapDelete(ManagementRoutes.FleetTokens + "/{token}", async (string token, IClusterClient grains, CancellationToken cancellationToken) =>
            TypedResults.Ok(await grains.GetGrain<IFleetTokenGrain>(Lists.Id("token", token)).RevokeAsync(cancellationToken)));
    }

    private static async Task<Ok<CreatedFleetToken>> CreateAsync(NewFleetToken request, IClusterClient grains, CancellationToken cancellationToken)
    {
        new FieldChecks()
            .Id("token", request.Token)
            .Text("name", request.Name, 1, MaxNameChars)
            .Range("weight", request.Weight, 1, MaxWeight)
            .Range("maxGateways", request.MaxGateways, 1, MaxGateways)
            .Require(
                request.LifetimeSeconds is >= MinSeconds and <= MaxSeconds, "lifetime", $"{request.LifetimeSeconds} s", $"{MinSeconds} s to {MaxSeconds} s (366 days)")
            .Require(
                request.Pools?.All(Identifier.IsValid) ?? true, "pools", request.Pools?.FirstOrDefault(pool => !Identifier.IsValid(pool)), Identifier.Allowed)
            .Done();
        return TypedResults.Ok(await grains.GetGrain<IFleetTokenGrain>(request.Token).CreateAsync(
            new CreateFleetToken(
                request.Name, [.. request.Pools ?? []], request.Weight, request.MaxGateways, TimeSpan.FromSeconds(request.LifetimeSeconds)),
            cancellationToken));
    }
}
