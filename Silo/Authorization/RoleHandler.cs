using Headgate.Grains;
using Headgate.Protocol.Naming;
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
        var allowed = string.Join(" or ", requirement.Roles.Select(role => role.ToString().ToLowerInvariant()));
        if (http.Connection.ClientCertificate is not { } certificate)
        {
            return (Forbidden($"This needs a client certificate of a {allowed}; the connection came with none. Enrol first."), null);
        }

        var serial = certificate.SerialNumber;
        if (CertificateIdentity.Of(certificate) is not { } identity)
        {
            return (Refused(http, "role", serial, Forbidden("The certificate names nobody that this silo knows.")), null);
        }

        var now = time.GetUtcNow();
        var notBefore = new DateTimeOffset(certificate.NotBefore);
        var notAfter = new DateTimeOffset(certificate.NotAfter);
        if (now < notBefore || now > notAfter)
        {
            return (Refused(http, "expired", identity.ToUrn(), Forbidden(
                $"The certificate of {identity.ToUrn()} is valid from {notBefore.UtcDateTime:u} to {notAfter.UtcDateTime:u}; this silo's clock says {now.UtcDateTime:u}. "
                + "Enrol again with a new code, or set the clock that is wrong.")), null);
        }

        if (!requirement.Roles.Contains(identity.Role))
        {
            return (Refused(http, "role", identity.ToUrn(), Forbidden($"The certificate is that of {identity.ToUrn()}; this is for a {allowed}.")), null);
        }

        var peer = new PeerCertificate(identity, serial, notBefore, notAfter);
        return await standing.CheckAsync(peer, http.RequestAborted) switch
        {
            null => (null, peer),
            { Reason: RefusalReason.Revoked } refusal => (Refused(http, "revoked", identity.ToUrn(), Problem.Of(ProblemCodes.Revoked, refusal.Message)), null),
            var refusal => (Refused(http, "unknown", identity.ToUrn(), Forbidden(refusal.Message)), null),
        };
    }

    private ProblemAnswer Refused(HttpContext http, string kind, string who, ProblemAnswer problem)
    {
        audit.Record("certificate-" + kind, who, http);
        return problem;
    }

    private static ProblemAnswer Forbidden(string sentence) => Problem.Of(ProblemCodes.Forbidden, sentence);
}
