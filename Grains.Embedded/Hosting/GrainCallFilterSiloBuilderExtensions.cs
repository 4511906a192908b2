using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Registers call filters.</summary>
public static class GrainCallFilterSiloBuilderExtensions
{
    /// <summary>Registers a filter; filters run in the order of their registration.</summary>
    /// <param name="builder">The builder.</param>
    /// <typeparam name="TImplementation">The filter, made once.</typeparam>
    public static ISiloBuilder AddIncomingGrainCallFilter<TImplementation>(this ISiloBuilder builder)
        where TImplementation : class, IIncomingGrainCallFilter =>
        builder.ConfigureServices(services => services.AddSingleton<IIncomingGrainCallFilter, TImplementation>());
}
