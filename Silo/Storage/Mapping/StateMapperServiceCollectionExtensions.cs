using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Grains.Drills;
using Headgate.Silo.Grains.Fleet;
using Headgate.Silo.Grains.Gateways;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Grains.Repositories;
using Headgate.Silo.Grains.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Storage.Mapping;

internal static class StateMapperServiceCollectionExtensions
{
    public static IServiceCollection AddStateMappers(this IServiceCollection services) => services
        .AddSingleton(typeof(GrainStore.Binding<>))
        .AddSingleton<IStateMapper<TenantState>, TenantMapper>()
        .AddSingleton<IStateMapper<QuotaState>, QuotaMapper>()
        .AddSingleton<IStateMapper<JobState>, JobMapper>()
        .AddSingleton<IStateMapper<GatewayState>, GatewayMapper>()
        .AddSingleton<IStateMapper<FleetTokenState>, FleetTokenMapper>()
        .AddSingleton<IStateMapper<RepositoryRecord>, RepositoryMapper>()
        .AddSingleton<IStateMapper<AccountState>, AccountMapper>()
        .AddSingleton<IStateMapper<DrillsState>, DrillMapper>();
}
