using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>What every answer carries, and who may not ask at all: pages of other origins that send something.</summary>
internal static class SafeHeaders
{
    // Radzen sets inline styles; nothing sets inline scripts.
    private const string ContentSecurityPolicy =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void UseSafeHeaders(this WebApplication app)
    {
        var site = app.Services.GetRequiredService<SiteOptions>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SafeHeaders).FullName!);
        app.Use(async (context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
            headers.StrictTransportSecurity = "max-age=31536000";
            if (IsForeign(context.Request))
            {
                PortalLog.RequestRefused(logger, context.Connection.RemoteIpAddress?.ToString() ?? "", site.Name, "cross-origin");
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                await context.Response.WriteAsync("This request came from a page of another site.");
                return;
            }

            await next(context);
        });
    }

    /// <summary>Whether a page of another origin sends something or opens a socket. Programs that are no browsers send no Origin.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        return origin.Length > 0
            && (changes || request.Path.StartsWithSegments("/_blazor"))
            && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
