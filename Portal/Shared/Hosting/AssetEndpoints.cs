using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Headgate.Portal;

/// <summary>Serves <see cref="SiteAssets"/>; the sign-in page needs them, so they are open to everybody.</summary>
internal static class AssetEndpoints
{
    private static readonly FileExtensionContentTypeProvider s_types = new();

    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/_framework/{**path}", ["GET", "HEAD"], (string? path, HttpContext context, SiteAssets assets) => Serve("_framework/" + path, context, assets));
        routes.MapMethods("/_content/{**path}", ["GET", "HEAD"], (string? path, HttpContext context, SiteAssets assets) => Serve("_content/" + path, context, assets));
        routes.MapMethods("/site/{**path}", ["GET", "HEAD"], (string? path, HttpContext context, SiteAssets assets) => Serve("site/" + path, context, assets));
        routes.MapMethods("/favicon.ico", ["GET", "HEAD"], (HttpContext context, SiteAssets assets) => Serve("site/icon.svg", context, assets));
    }

    private static IResult Serve(string path, HttpContext context, SiteAssets assets)
    {
        if (assets.VersionOf(path) is not { } version)
        {
            return Results.NotFound();
        }

        context.Response.Headers.CacheControl = context.Request.Query["v"] == version ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Stream(
            assets.Open(path),
            s_types.TryGetContentType(path, out var type) ? type : "application/octet-stream",
            entityTag: new EntityTagHeaderValue($"\"{version}\""));
    }
}
