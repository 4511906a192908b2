using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>The one builder of a host, however often it is asked for.</summary>
internal sealed class SiloBuilder : ISiloBuilder
{
    private SiloBuilder(IServiceCollection services, IConfiguration configuration) => (Services, Configuration) = (services, configuration);

    public IServiceCollection Services { get; }

    public IConfiguration Configuration { get; }

    internal static SiloBuilder Get(IServiceCollection services, IConfiguration configuration)
    {
        if (services.FirstOrDefault(d => d.ServiceType == typeof(SiloBuilder))?.ImplementationInstance is SiloBuilder known)
        {
            return known;
        }

        var builder = new SiloBuilder(services, configuration);
        services.AddSingleton(builder);
        services.AddMetrics().AddOptions<GrainCollectionOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<GrainEngine>();
        services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<GrainEngine>());
        services.AddSingleton<IClusterClient>(static provider => provider.GetRequiredService<GrainEngine>());
        services.AddHostedService(static provider => provider.GetRequiredService<GrainEngine>());
        services.AddScoped<IGrainContext>(static _ => Activation.Current ?? throw new InvalidOperationException("Only grains have a context."));
        return builder;
    }
}
