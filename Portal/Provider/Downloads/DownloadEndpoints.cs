using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Portal.Provider.Downloads;

/// <summary>Serves the archives on this site, to administrators who are signed in.</summary>
internal static class DownloadEndpoints
{
    public static string AddressOf(DownloadInfo archive) => "/downloads/" + Uri.EscapeDataString(archive.FileName);

    public static void MapDownloads(this IEndpointRouteBuilder routes) =>
        routes.MapMethods("/downloads/{file}", ["GET", "HEAD"], Serve).RequireAuthorization(SiteHost.SignedInPolicy);

    // Only names of the list open anything: no path of the caller's reaches the file system.
    internal static IResult Serve(string file, IDownloads downloads) =>
        downloads.List().FirstOrDefault(archive => archive.FileName == file) is { } archive && downloads.Open(archive.FileName) is { } stream
            ? Results.Stream(stream, "application/octet-stream", archive.FileName, enableRangeProcessing: true)
            : Results.NotFound("There is no such archive. The page Downloads lists those there are.");
}
