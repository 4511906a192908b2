using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Headgate.Silo.Certificates;

/// <summary>Registers the authority.</summary>
internal static class AuthorityServices
{
    /// <summary>Adds the authority, the silo's own certificate, the portal's keys, and the service that opens them at start. Call it after <c>AddSiloStorage</c>.</summary>
    public static IServiceCollection AddAuthority(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ISecretStore, DatabaseSecretStore>();
        services.TryAddSingleton(provider => SecretBox.Of(provider.GetRequiredService<SiloOptions>()));
        services.AddSingleton<IXmlRepository, DataProtectionKeys>();
        services.AddSingleton<Authority>();
        services.AddSingleton<ICertificateIssuer>(provider => provider.GetRequiredService<Authority>());
        services.AddSingleton<ISiloKeys>(provider => provider.GetRequiredService<Authority>());
        services.AddSingleton<SiloCertificate>();
        services.AddSingleton<ProgramTrusts>();
        services.AddSingleton<RollOver>();
        services.AddHostedService<CertificateKeeper>();
        return services;
    }
}
