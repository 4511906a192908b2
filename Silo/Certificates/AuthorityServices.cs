using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Certificates;

/// <summary>Registers the authority.</summary>
internal static class AuthorityServices
{
    /// <summary>Adds the authority, the silo's own certificate, and the service that opens them at start. Needs an <see cref="ISecretStore"/>; call it after what makes the database.</summary>
    public static IServiceCollection AddAuthority(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Authority>();
        services.AddSingleton<ICertificateIssuer>(provider => provider.GetRequiredService<Authority>());
        services.AddSingleton<ISiloKeys>(provider => provider.GetRequiredService<Authority>());
        services.AddSingleton<SiloCertificate>();
        services.AddHostedService<CertificateKeeper>();
        return services;
    }
}
