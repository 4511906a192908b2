using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Authorization;

namespace Headgate.Silo.Authorization;

/// <summary>Why a certificate does not do.</summary>
internal sealed class RoleRefusal(IAuthorizationHandler handler, ProblemAnswer problem) : AuthorizationFailureReason(handler, problem.Detail ?? "")
{
    /// <summary>The answer.</summary>
    public ProblemAnswer Problem => problem;
}
