using Headgate.Protocol.Problems;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.Net.Http.Headers;

namespace Headgate.Server.Hosting;

/// <summary>
/// <c>GET /downloads/NAME</c> on the edge API: for anybody who reaches that port, because a host that is to become a gateway has no certificate yet, and with
/// no version, because it has no program yet. Ranges are served, so that a fetch that broke off goes on. At most <see cref="MaxAtOnce"/> at a time.
/// </summary>
internal static class DownloadEndpoint
{
    /// <summary>Below it lie the archives.</summary>
    public const string Path = "/downloads";

    /// <summary>Fetches served at once; others are asked to come again. Each holds a file and a connection.</summary>
    public const int MaxAtOnce = 16;

    /// <summary>Serves the archives. Before the edge API, whose pipeline wants a version.</summary>
    public static void MapDownloads(this WebApplication app)
    {
        var downloads = app.Services.GetRequiredService<Downloads>();
        var places = new SemaphoreSlim(MaxAtOnce, MaxAtOnce);
        app.Lifetime.ApplicationStopped.Register(places.Dispose);
        app.MapWhen(
            context => context.Features.Get<IApiFeature>()?.Kind == ApiKind.Edge && context.Request.Path.StartsWithSegments(Path),
            api => api.UseObservation(ApiKind.Edge).UseProblems().Run(context => ServeAsync(context, downloads, places)));
    }

    private static async Task ServeAsync(HttpContext context, Downloads downloads, SemaphoreSlim places)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await Problem.WriteAsync(context, Problem.Of(
                ProblemCodes.Invalid, $"Archives are fetched with GET or HEAD, not with {context.Request.Method}.", StatusCodes.Status405MethodNotAllowed));
            return;
        }

        context.Request.Path.StartsWithSegments(Path, out var rest);
        var name = rest.HasValue ? rest.Value![1..] : "";
        if (downloads.PathOf(name) is not { } path)
        {
            var offered = downloads.List().Count;
            await Problem.WriteAsync(context, Problem.Of(ProblemCodes.NotFound, offered == 0
                ? "This server offers no archives: it has no downloads folder with a SHA256SUMS (--downloads DIR)."
                : $"There is no such archive here. {Path}/{Downloads.Sums} names the {offered} that there are."));
            return;
        }

        if (!await places.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            await Problem.WriteAsync(context, Problem.Of(
                ProblemCodes.Unavailable, $"{MaxAtOnce} archives are being fetched at the moment, and no more are served at once. Try again in a few seconds."));
            return;
        }

        try
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            var sum = downloads.List().FirstOrDefault(download => download.FileName == name)?.Sha256;
            await TypedResults.PhysicalFile(
                path,
                sum is null ? "text/plain; charset=utf-8" : "application/octet-stream",
                name,
                entityTag: sum is null ? null : new EntityTagHeaderValue($"\"{sum}\""),
                enableRangeProcessing: true).ExecuteAsync(context);
        }
        finally
        {
            places.Release();
        }
    }
}
