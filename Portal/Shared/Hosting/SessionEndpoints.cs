using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Portal;

/// <summary>What signs somebody out, and what lets an open page go on after its user has signed in again.</summary>
internal static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        // A form with an antiforgery token, checked by the antiforgery middleware because the endpoint binds a form.
        routes.MapPost("/sign-out", async (HttpContext context, [FromForm] string? _) =>
        {
            await context.SignOutAsync();
            return Results.LocalRedirect("/sign-in");
        });
        routes.MapGet("/session/ticket", (HttpContext context, SessionTickets tickets) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return SessionUser.From(context.User) is { } user ? Results.Text(tickets.Write(user)) : Results.StatusCode(StatusCodes.Status401Unauthorized);
        });
        routes.MapGet("/health", () => Results.Text("ok"));
    }
}
