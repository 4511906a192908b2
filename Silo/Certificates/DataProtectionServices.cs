using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>Gives a host the keys that all hosts of all silos share.</summary>
public static class DataProtectionServices
{
    /// <summary>
    /// Adds Data Protection over shared keys. Hosts of one <paramref name="application"/> open what each other protected, in whatever process and over restarts;
    /// hosts of another one cannot. What adds Data Protection by itself (cookies, antiforgery, Blazor) uses them, too, whichever comes first.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="keys">Where the keys are: the silo's. Sealed there, so no encryption of single keys is added.</param>
    /// <param name="application">The site, such as <c>headgate-portal</c>.</param>
    public static IServiceCollection AddSharedDataProtectionKeys(this IServiceCollection services, IXmlRepository keys, string application)
    {
        services.AddDataProtection().SetApplicationName(application);
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = keys);
        // It warns of keys without an encryptor, for it knows nothing of the seal. Its errors stay.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error));
        return services;
    }
}
