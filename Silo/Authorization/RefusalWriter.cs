using Headgate.Protocol.Problems;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.Authorization;

/// <summary>Answers a failed policy with the sentence that says why.</summary>
internal sealed class RefusalWriter : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        return Problem.WriteAsync(context, context.Features.Get<ProblemAnswer>() ?? StatusProblems.Of(StatusCodes.Status403Forbidden, context));
    }
}
