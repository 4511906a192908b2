using Orleans;
using Orleans.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Lets a host carry grains.</summary>
public static class OrleansSiloGenericHostExtensions
{
    /// <summary>Adds the engine: grains of every assembly that the program refers to, <see cref="IGrainFactory"/> and <see cref="IClusterClient"/>.</summary>
    /// <param name="hostAppBuilder">The host's builder.</param>
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleans(static _ => { });

    /// <inheritdoc cref="UseOrleans(IHostApplicationBuilder)"/>
    /// <param name="hostAppBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Further set-up; may be called several times over.</param>
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(SiloBuilder.Get(hostAppBuilder.Services, hostAppBuilder.Configuration));
        return hostAppBuilder;
    }
}
