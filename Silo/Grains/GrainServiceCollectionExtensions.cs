using Headgate.Silo.Certificates;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Grains.Gateways;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Grains.Routes;
using Headgate.Silo.Grains.Sweeping;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Headgate.Silo.Grains;

/// <summary>What the silo's grains need beside the engine.</summary>
public static class GrainServiceCollectionExtensions
{
    /// <summary>
    /// Adds the grains' services and the clock that pokes the sweeper. Needs the engine (<c>UseEngine</c>), <c>AddSiloStorage</c> and the authority; call it after them,
    /// so that the clock starts last.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddSiloGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<SiloStart>();
        services.AddHostedService<PauseWatch>();
        services.AddSingleton<CodeWriter>();
        services.AddSingleton<Promises>();
        services.AddSingleton<RouteQueries>();
        services.AddSingleton<GrainMetrics>();
        services.TryAddSingleton<LeaseRules>();
        services.AddSingleton<QuotaMetrics>();
        services.AddSingleton<IIncomingGrainCallFilter, RefusalCounter>();
        services.AddSingleton<IIncomingGrainCallFilter, ExpectedVersion>();
        services.TryAddSingleton(provider => SecretBox.Of(provider.GetRequiredService<SiloOptions>()));
        services.AddSingleton<AccountMetrics>();
        services.AddSingleton<PasswordWork>();
        services.AddSingleton<SecondFactor>();
        services.AddSingleton<UnknownNames>();
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = PasswordWork.Iterations);
        services.AddHostedService<SweepClock>();
        services.AddHostedService<LeaseClock>();
        return services;
    }
}
