using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Portal.Tenants;

/// <summary>
/// What a tenant's machine fetches before it has an identity, and therefore open to everybody: the connector's archives, and the certificate of the provider's authority. Nothing
/// in them is secret; what tells a right one from a wrong one is the hash or the fingerprint on a page that only its user sees.
/// </summary>
public static class TenantFiles
{
    /// <summary>The program whose archives tenants may have.</summary>
    public const string Program = "connector";

    /// <summary>Maps <c>/downloads/{file}</c> and <c>/authority.pem</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/downloads/{file}", ["GET", "HEAD"], Download);
        routes.MapMethods("/authority.pem", ["GET", "HEAD"], (SiteOptions site) =>
            site.Provider.AuthorityPem.Length > 0 ? Results.Text(site.Provider.AuthorityPem, "application/x-pem-file") : Results.NotFound());
    }

    private static IResult Download(string file, HttpContext context, IDownloads downloads)
    {
        var offered = downloads.List().FirstOrDefault(download => download.Program == Program && download.FileName == file);
        if (offered is null || downloads.Open(offered.FileName) is not { } stream)
        {
            return Results.NotFound();
        }

        context.Response.Headers.CacheControl = "no-cache";
        return Results.Stream(stream, "application/octet-stream", offered.FileName, enableRangeProcessing: stream.CanSeek);
    }
}
