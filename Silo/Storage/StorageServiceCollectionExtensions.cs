using Headgate.Silo.Storage.Mapping;
using Microsoft.Data.Sqlite;
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
    /// Adds the database <c>headgate.db</c> in <see cref="SiloOptions.DataDirectory"/> (made and migrated before any service starts; call this
    /// before adding services that read it at start), grain storage over it, the edge log and its snapshots.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Says where the database is.</param>
    public static IServiceCollection AddSiloStorage(this IServiceCollection services, SiloOptions options)
    {
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = DatabaseFile.In(options.DataDirectory),
            ForeignKeys = true,
            DefaultTimeout = 15,
        }.ToString();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.AddPooledDbContextFactory<SiloDbContext>(builder => builder
            .UseSqlite(connectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new SqliteSession())
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)));
        services.AddMetrics();
        services.AddSingleton<StorageMetrics>();
        services.AddHostedService<DatabaseMigrator>();
        services.AddSingleton(provider => new EdgeLog(
            provider.GetRequiredService<IDbContextFactory<SiloDbContext>>(), new Lazy<ISiloWriter>(provider.GetRequiredService<ISiloWriter>)));
        services.AddSingleton<IEdgeLog>(provider => provider.GetRequiredService<EdgeLog>());
        services.AddSingleton<ISiloWriter, SqliteWriter>();
        services.AddSingleton<IGrainStorage, GrainStore>();
        services.AddSingleton<IEdgeSnapshots, EdgeSnapshots>();
        services.AddSingleton(_ => RestoreHistory.Load(options.DataDirectory));
        services.AddStateMappers();
        return services;
    }
}
