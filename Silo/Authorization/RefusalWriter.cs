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

        var refusal = authorizeResult.AuthorizationFailure?.FailureReasons.OfType<RoleRefusal>().FirstOrDefault();
        return Problem.WriteAsync(context, refusal?.Problem ?? StatusProblems.Of(StatusCodes.Status403Forbidden, context));
    }
}
