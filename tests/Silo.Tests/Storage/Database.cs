using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Tests.Storage;

/// <summary>A real database in a folder of its own, with the writer, as a silo has it.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly ServiceProvider _services;

    private Database(TemporaryFolder? folder, string path, string? location, TimeProvider time)
    {
        (_folder, Location) = (folder, location);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(time);
        services.AddSiloStorage(new SiloOptions { DataDirectory = path, Database = location, Zone = "backup.test" });
        _services = services.BuildServiceProvider();
        Folder = path;
    }

    public string Folder { get; }

    /// <summary>Null for SQLite's file in the folder.</summary>
    public string? Location { get; }

    public IServiceProvider Services => _services;

    public ISiloWriter Writer => _services.GetRequiredService<ISiloWriter>();

    public IEdgeLog Log => _services.GetRequiredService<IEdgeLog>();

    public static async Task<Database> OpenAsync(TimeProvider? time = null)
    {
        var (folder, location) = await TestDatabases.NewFolderAsync();
        return await OpenAsync(new Database(folder, folder.Path, location, time ?? new ManualClock()));
    }

    /// <summary>Over a folder and a database of the caller's.</summary>
    public static Task<Database> OpenAsync(string folder, string? location) => OpenAsync(new Database(null, folder, location, new ManualClock()));

    /// <summary>A second one over the same database, as another process would be.</summary>
    public Task<Database> BesideAsync() => OpenAsync(new Database(null, Folder, Location, _services.GetRequiredService<TimeProvider>()));

    public SiloDbContext Read() => _services.GetRequiredService<IDbContextFactory<SiloDbContext>>().CreateDbContext();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder?.Dispose();
    }

    private static async Task<Database> OpenAsync(Database database)
    {
        foreach (var service in database._services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }
        return database;
    }
}
