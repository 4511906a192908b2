using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Portal;

/// <summary>What signs somebody out, and what lets an open page go on after its user has signed in again.</summary>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        // Checked by the antiforgery middleware, which leaves the refusal to the endpoint.
        routes.MapPost("/sign-out", async (HttpContext context) =>
        {
            if (context.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: true })
            {
                return Results.Text("This form is not of your session. Load the page again, then sign out.", statusCode: StatusCodes.Status400BadRequest);
            }

            await context.SignOutAsync();
            return Results.LocalRedirect("/sign-in");
        }).WithMetadata(new RequireAntiforgeryTokenAttribute());
        routes.MapGet("/session/ticket", (HttpContext context, SessionTickets tickets) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return SessionUser.From(context.User) is { } user ? Results.Text(tickets.Write(user)) : Results.StatusCode(StatusCodes.Status401Unauthorized);
        });
        routes.MapGet("/health", () => Results.Text("ok"));
    }
}
