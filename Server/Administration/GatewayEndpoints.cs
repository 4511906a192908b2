using System.Globalization;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Cloud gateways.</summary>
internal static class GatewayEndpoints
{
    private const int MaxWeight = 1000;
    private const int MaxNameChars = 100;
    private const long MaxDrainSeconds = 30 * 24 * 3600;

    public static void MapGateways(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(ManagementRoutes.Gateways, CreateAsync);
        routes.MapGet(ManagementRoutes.Gateways, async (IClusterClient grains, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListGatewaysAsync(Lists.Page(skip, take, search), token)));

        var gateway = routes.MapGroup(ManagementRoutes.Gateways + "/{gateway}");
        gateway.MapGet("", async (string gateway, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Gateway(grains, gateway).GetAsync(token)));
        gateway.MapPatch("", ChangeAsync);
        gateway.MapPost("codes", async (string gateway, NewCode request, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(CodeAnswer.Of(await Gateway(grains, gateway).CreateCodeAsync(CodeLifetime.Of(request.LifetimeSeconds), token))));
        gateway.MapDelete("certificate", async (string gateway, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Gateway(grains, gateway).RevokeAsync(token)));
    }

    private static IGatewayGrain Gateway(IClusterClient grains, string gateway) => grains.GetGrain<IGatewayGrain>(Lists.Id("gateway", gateway));

    private static async Task<Ok<GatewayWithCode>> CreateAsync(NewGateway request, IClusterClient grains, CancellationToken cancellationToken)
    {
        Check(new FieldChecks().Id("gateway", request.Gateway).Known("mode", request.Mode), request.Host, request.Port, request.Weight, request.Pools)
            .Text("displayName", request.DisplayName, 0, MaxNameChars)
            .Done();
        var grain = grains.GetGrain<IGatewayGrain>(request.Gateway);
        var info = await grain.CreateAsync(
            new CreateGateway(request.Mode, request.Host, request.Port, request.Weight, [.. request.Pools ?? []], request.DisplayName ?? ""), cancellationToken);
        var code = await grain.CreateCodeAsync(CodeLifetime.Default, cancellationToken);
        return TypedResults.Ok(new GatewayWithCode(info, code.Code, code.Expires));
    }

    private static async Task<Ok<GatewayInfo>> ChangeAsync(string gateway, GatewayChange request, IClusterClient grains, CancellationToken cancellationToken)
    {
        var isDrain = request.WantedState == WantedState.Draining;
        Check(new FieldChecks().Id("gateway", gateway), request.Host, request.Port, request.Weight, request.Pools)
            .Text("displayName", request.DisplayName, 0, MaxNameChars)
            .Require(isDrain || request.DrainSeconds is null, "drainSeconds", request.DrainSeconds?.ToString(CultureInfo.InvariantCulture), "a time with wantedState Draining only")
            .Range("drainSeconds", request.DrainSeconds ?? 1, 1, MaxDrainSeconds)
            .Done();
        return TypedResults.Ok(await grains.GetGrain<IGatewayGrain>(gateway).ChangeAsync(
            new ChangeGateway(
                request.WantedState,
                request.Mode,
                request.Host,
                request.Port,
                request.Weight,
                request.Pools is null ? null : [.. request.Pools],
                request.ExpectedVersion,
                request.DisplayName,
                request.DrainSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
            cancellationToken));
    }

    private static FieldChecks Check(FieldChecks checks, string? host, int? port, int? weight, IReadOnlyList<string>? pools) => checks
        .Require(
            (host is null && port is null) || EndPointText.TryParseHost(EndPointText.Format(host ?? "", port ?? 0), out _, out _),
            "address",
            EndPointText.Format(host ?? "", port ?? 0),
            EndPointText.HostAllowed)
        .Range("weight", weight ?? 1, 1, MaxWeight)
        .Require(pools?.All(Identifier.IsValid) ?? true, "pools", pools?.FirstOrDefault(pool => !Identifier.IsValid(pool)), Identifier.Allowed);
}
