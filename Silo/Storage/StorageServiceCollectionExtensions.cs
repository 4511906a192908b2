using Headgate.Silo.Storage.Engines;
using Headgate.Silo.Storage.Mapping;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Storage;

namespace Headgate.Silo.Storage;

/// <summary>The silo's database.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// Adds the database of <see cref="SiloOptions.Database"/> (migrated before any service starts; call this before adding services that read it at start), grain
    /// storage over it, the edge log and its snapshots.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Says where the database is.</param>
    /// <exception cref="FormatException">The database that they name cannot be.</exception>
    public static IServiceCollection AddSiloStorage(this IServiceCollection services, SiloOptions options)
    {
        var location = DatabaseLocation.Of(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.AddSingleton(location);
        services.AddPooledDbContextFactory<SiloDbContext>(builder => Configure(builder, location));
        services.AddMetrics();
        services.AddSingleton<StorageMetrics>();
        services.AddHostedService<DatabaseMigrator>();
        services.AddSingleton(provider => new EdgeLog(
            provider.GetRequiredService<IDbContextFactory<SiloDbContext>>(), new Lazy<ISiloWriter>(provider.GetRequiredService<ISiloWriter>)));
        services.AddSingleton<IEdgeLog>(provider => provider.GetRequiredService<EdgeLog>());
        services.AddSingleton<ISiloWriter, GroupWriter>();
        services.AddSingleton<IGrainStorage, GrainStore>();
        services.AddSingleton<IEdgeSnapshots, EdgeSnapshots>();
        services.AddSingleton(_ => RestoreHistory.Load(options.DataDirectory));
        services.AddStateMappers();
        return services;
    }

    /// <summary>Sets up contexts on <paramref name="location"/>, as everybody has them.</summary>
    internal static void Configure(DbContextOptionsBuilder builder, DatabaseLocation location)
    {
        location.Engine.Configure(builder, location);
        builder
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
    }
}
