using Headgate.Protocol.Naming;
using Microsoft.AspNetCore.Authorization;

namespace Headgate.Silo.Authorization;

/// <summary>The request's certificate is in time, of one of these roles, and still stands.</summary>
internal sealed class RoleRequirement(params CertificateRole[] roles) : IAuthorizationRequirement
{
    /// <summary>The roles.</summary>
    public IReadOnlyList<CertificateRole> Roles => roles;

    /// <summary>The roles in a sentence: <c>gateway or repository</c>.</summary>
    public override string ToString() => string.Join(" or ", roles.Select(role => role.ToString().ToLowerInvariant()));
}
