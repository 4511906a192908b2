using Headgate.Grains;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headgate.Server.Administration;

/// <summary>Cloud repositories.</summary>
internal static class RepositoryEndpoints
{
    public static void MapRepositories(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(ManagementRoutes.Repositories, CreateAsync);
        routes.MapGet(ManagementRoutes.Repositories, async (IClusterClient grains, int? skip, int? take, string? search, CancellationToken token) =>
            TypedResults.Ok(await Lists.Directory(grains).ListRepositoriesAsync(Lists.Page(skip, take, search), token)));

        var repository = routes.MapGroup(ManagementRoutes.Repositories + "/{repository}");
        repository.MapGet("", async (string repository, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Repository(grains, repository).GetAsync(token)));
        repository.MapPut("endpoint", MoveAsync);
        repository.MapPost("codes", async (string repository, NewCode request, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(CodeAnswer.Of(await Repository(grains, repository).CreateCodeAsync(CodeLifetime.Of(request.LifetimeSeconds), token))));
        repository.MapPost("recount", async (string repository, RecountRequest request, IClusterClient grains, CancellationToken token) =>
        {
            await Repository(grains, repository).RecountAsync(request.Tenant, token);
            return TypedResults.Ok(request);
        });
        repository.MapDelete("certificate", async (string repository, IClusterClient grains, CancellationToken token) =>
            TypedResults.Ok(await Repository(grains, repository).RevokeAsync(token)));
    }

    private static IRepositoryGrain Repository(IClusterClient grains, string repository) =>
        grains.GetGrain<IRepositoryGrain>(Lists.Id("repository", repository));

    private static async Task<Ok<RepositoryWithCode>> CreateAsync(NewRepository request, IClusterClient grains, CancellationToken cancellationToken)
    {
        Check(new FieldChecks().Id("repository", request.Repository), request.Host, request.Port).Done();
        var grain = grains.GetGrain<IRepositoryGrain>(request.Repository);
        var info = await grain.CreateAsync(new CreateRepository(request.Host, request.Port), cancellationToken);
        var code = await grain.CreateCodeAsync(CodeLifetime.Default, cancellationToken);
        return TypedResults.Ok(new RepositoryWithCode(info, code.Code, code.Expires));
    }

    private static async Task<Ok<RepositoryInfo>> MoveAsync(
        string repository, RepositoryMove request, IClusterClient grains, CancellationToken cancellationToken)
    {
        Check(new FieldChecks().Id("repository", repository), request.Host, request.Port).Done();
        return TypedResults.Ok(await grains.GetGrain<IRepositoryGrain>(repository).MoveAsync(
            request.Host, request.Port, request.ExpectedVersion, cancellationToken));
    }

    private static FieldChecks Check(FieldChecks checks, string? host, int port) => checks.Require(
        EndPointText.TryParseHost(EndPointText.Format(host ?? "", port), out _, out _), "address", EndPointText.Format(host ?? "", port), EndPointText.HostAllowed);
}
