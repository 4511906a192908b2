using Headgate.Protocol.Enrolment;
using Headgate.Silo.Authorization;
using Headgate.Silo.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Listening;

/// <summary>Tells programs which roots are trusted, and notes which ones they know (see <see cref="AuthorityNews"/>).</summary>
internal static class AuthorityAnnouncing
{
    /// <summary>Writes the roots on every answer.</summary>
    public static IApplicationBuilder UseAuthorityNews(this IApplicationBuilder app)
    {
        var authority = app.ApplicationServices.GetRequiredService<Authority>();
        return app.Use((context, next) =>
        {
            context.Response.Headers[AuthorityNews.Header] = authority.Announced;
            return next(context);
        });
    }

    /// <summary>Notes what a program says, once its certificate was believed.</summary>
    public static IApplicationBuilder UseTrustLedger(this IApplicationBuilder app)
    {
        var ledger = app.ApplicationServices.GetRequiredService<TrustLedger>();
        return app.Use(async (context, next) =>
        {
            if (context.Features.Get<PeerCertificate>() is { } peer)
            {
                await ledger.NoteAsync(peer.Urn, context.Request.Headers[AuthorityNews.TrustsHeader].ToString(), context.RequestAborted);
            }

            await next(context);
        });
    }
}
