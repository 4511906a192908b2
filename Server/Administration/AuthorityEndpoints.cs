using System.Globalization;
using Headgate.Protocol.Problems;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains;
using Headgate.Silo.Problems;

namespace Headgate.Server.Administration;

/// <summary>The authority and its roll-over.</summary>
internal static class AuthorityEndpoints
{
    private const int MaxNamed = 30;

    public static void MapAuthority(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(ManagementRoutes.Authority, static (HttpContext context, CancellationToken token) => WriteAsync(context, token));
        routes.MapPost(ManagementRoutes.AuthorityNext, (HttpContext context, RollOver rollOver, CancellationToken token) => StepAsync(
            context,
            async who =>
            {
                await rollOver.NextAsync(who, token);
                return null;
            },
            token));
        routes.MapPost(ManagementRoutes.AuthoritySwitch, (AuthorityStep step, HttpContext context, RollOver rollOver, CancellationToken token) => StepAsync(
            context,
            async who => await rollOver.SwitchAsync(ForcingOf(step), who, token) is { Count: > 0 } behind && !step.Force
                ? Refusal(behind, "have not heard of the next root and would be locked out", "Wait until each has been in touch, revoke what is gone")
                : null,
            token));
        routes.MapPost(ManagementRoutes.AuthorityRetire, (AuthorityStep step, HttpContext context, RollOver rollOver, CancellationToken token) => StepAsync(
            context,
            async who => await rollOver.RetireAsync(ForcingOf(step), who, token) is { Count: > 0 } behind && !step.Force
                ? Refusal(behind, "hold certificates of the former root, or have not said otherwise, and would be locked out", "Wait until each has renewed (which it does when it is next in touch), revoke what is gone")
                : null,
            token));
    }

    private static Forcing ForcingOf(AuthorityStep step) => step.Force ? Forcing.Yes : Forcing.No;

    private static async Task StepAsync(HttpContext context, Func<string, Task<string?>> step, CancellationToken cancellationToken)
    {
        string? refusal;
        try
        {
            refusal = await step(Actor.Current);
        }
        catch (AuthorityException exception)
        {
            refusal = exception.Message;
        }

        if (refusal is not null)
        {
            await Problem.WriteAsync(context, Problem.Of(ProblemCodes.Conflict, refusal));
            return;
        }

        await WriteAsync(context, cancellationToken);
    }

    private static async Task WriteAsync(HttpContext context, CancellationToken cancellationToken) =>
        await context.Response.WriteAsJsonAsync(await AnswerAsync(context.RequestServices, cancellationToken), cancellationToken);

    private static async Task<AuthorityAnswer> AnswerAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var authority = services.GetRequiredService<Authority>();
        var programs = services.GetRequiredService<ProgramTrusts>();
        var behind = await services.GetRequiredService<RollOver>().BehindAsync(cancellationToken);
        return new AuthorityAnswer(
            authority.RootPem,
            authority.Fingerprint,
            [.. authority.Trusted.Select(root => new AuthorityRoot(root.Fingerprint, root.State.ToString().ToLowerInvariant(), new DateTimeOffset(root.Certificate.NotAfter)))],
            new DateTimeOffset(authority.Issuing.NotAfter),
            [.. behind.Select(program => new ProgramBehind(program.Identity, program.Ends, program.Confirmed))],
            await programs.OpenCodesAsync(cancellationToken),
            await programs.AgentlessTenantsAsync(cancellationToken));
    }

    private static string Refusal(IReadOnlyList<ProgramTrust> behind, string why, string toDo)
    {
        var named = behind.Take(MaxNamed).Select(program => string.Create(
            CultureInfo.InvariantCulture, $"\n  {program.Identity}, certificate until {program.Ends.UtcDateTime:yyyy-MM-dd}"));
        var more = behind.Count > MaxNamed ? string.Create(CultureInfo.InvariantCulture, $"\n  and {behind.Count - MaxNamed} more: headgate-server authority show") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{behind.Count} programs {why}:{string.Concat(named)}{more}\n{toDo}, or go on with --force: those then have to enrol again with new codes.");
    }
}
