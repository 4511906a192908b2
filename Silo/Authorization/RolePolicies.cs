using Headgate.Protocol.Naming;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Authorization;

/// <summary>The one authorization policy, by certificate role.</summary>
internal static class RolePolicies
{
    /// <summary>Registers the policy's parts.</summary>
    public static IServiceCollection AddRolePolicies(this IServiceCollection services)
    {
        services.AddAuthorization();
        services.AddSingleton<CertificateStanding>();
        services.AddSingleton<TrustLedger>();
        services.AddSingleton<SecurityAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<SecurityAudit>());
        services.AddSingleton<IAuthorizationHandler, RoleHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusalWriter>();
        return services;
    }

    /// <summary>Only for certificates of these roles.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, params CertificateRole[] roles)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(policy => policy.AddRequirements(new RoleRequirement(roles)));

    /// <summary>Whose certificate the policy let through.</summary>
    public static PeerCertificate Peer(this HttpContext context) => context.Features.GetRequiredFeature<PeerCertificate>();
}
