using Headgate.Silo;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Storage.Bench;

/// <summary>A silo's storage without the silo.</summary>
internal sealed class OpenStorage : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private OpenStorage(ServiceProvider services) => _services = services;

    public ISiloWriter Writer => _services.GetRequiredService<ISiloWriter>();

    public static async Task<OpenStorage> OpenAsync(string? location, string folder)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSiloStorage(new SiloOptions { DataDirectory = folder, Database = location, Zone = "bench.test" });
        var storage = new OpenStorage(services.BuildServiceProvider());
        foreach (var service in storage._services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }

        return storage;
    }

    public SiloDbContext Context() => _services.GetRequiredService<IDbContextFactory<SiloDbContext>>().CreateDbContext();

    /// <summary>What a grain's write is made of: a row that must be new, an event, an entry of the audit, and that the thing changed.</summary>
    public static void Add(SiloDbContext db, string name)
    {
        var now = DateTimeOffset.UtcNow;
        db.Secrets.Add(new() { Name = name, Ciphertext = [1, 2, 3, 4], Created = now });
        db.EdgeLog.Add(new() { Audience = "nobody", Kind = "written", Payload = name, At = now });
        db.Audit.Add(new() { At = now, Kind = "written", Who = "writer", What = name });
        db.Changed.Add((Grains.SubjectKind.Tenant, name[..2]));
    }

    public Task WriteAsync(string name) => Writer.WriteAsync(
        (db, _) =>
        {
            Add(db, name);
            return Task.CompletedTask;
        },
        CancellationToken.None);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
