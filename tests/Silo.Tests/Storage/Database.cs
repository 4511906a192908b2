using Headgate.Silo.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Tests.Storage;

/// <summary>A real database in a folder of its own, with the writer, as a silo has it.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly ServiceProvider _services;

    private Database(TemporaryFolder? folder, string path, TimeProvider time)
    {
        _folder = folder;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(time);
        services.AddSiloStorage(new SiloOptions { DataDirectory = path, Zone = "backup.test" });
        _services = services.BuildServiceProvider();
        Folder = path;
    }

    public string Folder { get; }

    public IServiceProvider Services => _services;

    public ISiloWriter Writer => _services.GetRequiredService<ISiloWriter>();

    public IEdgeLog Log => _services.GetRequiredService<IEdgeLog>();

    public static async Task<Database> OpenAsync(TimeProvider? time = null)
    {
        var folder = new TemporaryFolder(SqliteConnection.ClearAllPools);
        var database = new Database(folder, folder.Path, time ?? new ManualClock());
        await database.StartAsync();
        return database;
    }

    /// <summary>Over a folder of the caller's.</summary>
    public static async Task<Database> OpenAsync(string folder)
    {
        var database = new Database(null, folder, new ManualClock());
        await database.StartAsync();
        return database;
    }

    /// <summary>A second one over the same file, as another process would be.</summary>
    public async Task<Database> BesideAsync()
    {
        var database = new Database(null, Folder, _services.GetRequiredService<TimeProvider>());
        await database.StartAsync();
        return database;
    }

    public SiloDbContext Read() => _services.GetRequiredService<IDbContextFactory<SiloDbContext>>().CreateDbContext();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder?.Dispose();
    }

    private async Task StartAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }
    }
}
