using Headgate.Grains;
using Headgate.Protocol.Problems;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.Authorization;

/// <summary>Decides <see cref="RoleRequirement"/>; leaves the <see cref="PeerCertificate"/> in the request's features.</summary>
internal sealed class RoleHandler(CertificateStanding standing, TimeProvider time, SecurityAudit audit) : AuthorizationHandler<RoleRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, RoleRequirement requirement)
    {
        if (context.Resource is not HttpContext http)
        {
            return;
        }

        var (problem, peer) = await CheckAsync(http, requirement);
        if (problem is null)
        {
            http.Features.Set(peer);
            context.Succeed(requirement);
            return;
        }

        // By feature: for a caller without an authenticated user the middleware drops the failure's own reasons.
        http.Features.Set(problem);
        context.Fail();
    }

    private async ValueTask<(ProblemAnswer? Problem, PeerCertificate? Peer)> CheckAsync(HttpContext http, RoleRequirement requirement)
    {
        if (http.Connection.ClientCertificate is not { } certificate)
        {
            return (Forbidden($"This needs a client certificate of a {requirement}; the connection came with none. Enrol first."), null);
        }

        if (http.Features.Get<ConnectionPeer>()?.Of(certificate) is not { } peer)
        {
            return (Refused(http, "role", certificate.SerialNumber, Forbidden("The certificate names nobody that this silo knows.")), null);
        }

        var now = time.GetUtcNow();
        if (now < peer.NotBefore || now > peer.NotAfter)
        {
            return (Refused(http, "expired", peer.Urn, Forbidden(
                $"The certificate of {peer.Urn} is valid from {peer.NotBefore.UtcDateTime:u} to {peer.NotAfter.UtcDateTime:u}; this silo's clock says {now.UtcDateTime:u}. "
                + "Enrol again with a new code, or set the clock that is wrong.")), null);
        }

        if (!requirement.Roles.Contains(peer.Identity.Role))
        {
            return (Refused(http, "role", peer.Urn, Forbidden($"The certificate is that of {peer.Urn}; this is for a {requirement}.")), null);
        }

        return await standing.CheckAsync(peer, http.RequestAborted) switch
        {
            null => (null, peer),
            { Reason: RefusalReason.Revoked } refusal => (Refused(http, "revoked", peer.Urn, Problem.Of(ProblemCodes.Revoked, refusal.Message)), null),
            var refusal => (Refused(http, "unknown", peer.Urn, Forbidden(refusal.Message)), null),
        };
    }

    private ProblemAnswer Refused(HttpContext http, string kind, string who, ProblemAnswer problem)
    {
        audit.Record("certificate-" + kind, who, http);
        return problem;
    }

    private static ProblemAnswer Forbidden(string sentence) => Problem.Of(ProblemCodes.Forbidden, sentence);
}
