using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Storage.Mapping;

internal static class StateMapperServiceCollectionExtensions
{
    public static IServiceCollection AddStateMappers(this IServiceCollection services)
    {
        return services.AddSingleton(typeof(GrainStore.Binding<>));
    }
}
