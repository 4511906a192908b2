using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Sweeping;
using Headgate.Silo.Hosting;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Headgate.Silo.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A silo without its APIs: the engine, the grains, a real database of its own, and a clock that the test moves.</summary>
internal sealed class SiloWorld : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly string _path;
    private readonly string? _location;
    private readonly Action<IServiceCollection>? _configure;
    private readonly IHost _host;

    private SiloWorld(TemporaryFolder? folder, string path, string? location, ManualClock time, Action<IServiceCollection>? configure)
    {
        (_folder, _path, _location, Time, _configure) = (folder, path, location, time, configure);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSiloStorage(new SiloOptions { DataDirectory = path, Database = location, Zone = "backup.test" });
        builder.Services.AddSingleton<TestAuthority>();
        builder.Services.AddSingleton<ICertificateIssuer>(provider => provider.GetRequiredService<TestAuthority>());
        builder.Services.AddSingleton<ISiloKeys>(provider => provider.GetRequiredService<TestAuthority>());
        builder.Services.AddSingleton<IRelayTargets>(provider => provider.GetRequiredService<TestAuthority>());
        builder.Services.AddSingleton<IEdgeAddress>(provider => provider.GetRequiredService<TestAuthority>());
        builder.UseEngine();
        builder.Services.AddSiloGrains();
        // Sweeps come when a test says so, and a clock that it moves is no pause.
        foreach (var clock in new[] { typeof(SweepClock), typeof(LeaseClock), typeof(PauseWatch) })
        {
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == clock));
        }
        configure?.Invoke(builder.Services);
        _host = builder.Build();
        Start = _host.Services.GetRequiredService<SiloStart>();
    }

    public ManualClock Time { get; }

    public string Folder => _path;

    /// <summary>Null for SQLite's file in the folder.</summary>
    public string? Location => _location;

    public SiloStart Start { get; }

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public IEdgeLog Log => Services.GetRequiredService<IEdgeLog>();

    public IEdgeSnapshots Snapshots => Services.GetRequiredService<IEdgeSnapshots>();

    public static async Task<SiloWorld> StartAsync(Action<IServiceCollection>? configure = null)
    {
        var (folder, location) = await TestDatabases.NewFolderAsync();
        return await StartAsync(folder, location, configure);
    }

    /// <summary>Over a database of the caller's; the folder goes with the world.</summary>
    public static async Task<SiloWorld> StartAsync(TemporaryFolder folder, string? location, Action<IServiceCollection>? configure = null)
    {
        var world = new SiloWorld(folder, folder.Path, location, new ManualClock(), configure);
        await world._host.StartAsync();
        // Past the time in which a fresh silo doubts what it sees.
        world.Time.Advance(TimeSpan.FromSeconds(11));
        return world;
    }

    /// <summary>Another silo over the same database, as a second process would be.</summary>
    public async Task<SiloWorld> BesideAsync()
    {
        var world = new SiloWorld(null, _path, _location, Time, _configure);
        await world._host.StartAsync();
        return world;
    }

    /// <summary>The tenant, asked by the provider from here on.</summary>
    public ITenantGrain Tenant(string id)
    {
        CallContext.Act("silo", isProvider: true);
        return Grains.GetGrain<ITenantGrain>(id);
    }

    public IJobGrain Job(string tenant, string job) => Grains.GetGrain<IJobGrain>($"{tenant}/{job}");

    public IQuotaGrain Quota(string tenant, string repository) => Grains.GetGrain<IQuotaGrain>($"{tenant}/{repository}");

    public IGatewayGrain Gateway(string id) => Grains.GetGrain<IGatewayGrain>(id);

    public IGatewayPoolGrain Pool(string id) => Grains.GetGrain<IGatewayPoolGrain>(id);

    public IRepositoryGrain Repository(string id) => Grains.GetGrain<IRepositoryGrain>(id);

    public ISweeper Sweeper => Grains.GetGrain<ISweeper>("sweeper");

    public IRouteReader Routes => Grains.GetGrain<IRouteReader>("routes");

    public SiloDbContext Read() => Services.GetRequiredService<IDbContextFactory<SiloDbContext>>().CreateDbContext();

    public async Task<List<EdgeLogRow>> EventsAsync(long after = 0) => [.. await Log.ReadAsync(after, int.MaxValue, default)];

    public async Task<long> NewestAsync() => (await Log.RangeAsync(default)).Newest;

    public async Task<List<AuditRow>> AuditAsync(string kind)
    {
        await using var db = Read();
        return await db.Audit.Where(row => row.Kind == kind).OrderBy(row => row.Id).ToListAsync();
    }

    public async Task<IRepositoryGrain> AddRepositoryAsync(string id)
    {
        var grain = Repository(id);
        await grain.CreateAsync(new CreateRepository("127.0.0.1", 6183), default);
        await grain.EnrolAsync(Claim(await grain.CreateCodeAsync(TimeSpan.FromHours(1), default)), default);
        return grain;
    }

    public async Task<IGatewayGrain> AddGatewayAsync(string id, int number, params ImmutableArray<string> pools)
    {
        var grain = Gateway(id);
        await grain.CreateAsync(new CreateGateway(GatewayMode.Direct, $"192.0.2.{number}", 6180, 100, pools), default);
        await grain.EnrolAsync(Claim(await grain.CreateCodeAsync(TimeSpan.FromHours(1), default)), default);
        await HeardAsync(id);
        return grain;
    }

    public Task<GatewayOrder> HeardAsync(string gateway, long active = 0, long accepted = 0, params ImmutableArray<TenantLoad> tenants) =>
        Gateway(gateway).HeartbeatAsync(new GatewayLoad("0.1.0", active, accepted, 0, 0, 0, 1), tenants, default);

    /// <summary>A host of the repository tells what the tenant uses.</summary>
    public Task<LeaseGrant> UseAsync(string tenant, string repository, long usedBytes, long sequence = 1) =>
        Quota(tenant, repository).LeaseAsync(new LeaseClaim("00000000000000ff", 1, sequence, usedBytes, 0, 0, 0, 0), default);

    /// <summary>A tenant with a quota on the repository and one connector of the name.</summary>
    public async Task<ITenantGrain> AddTenantAsync(string id, string repository, string connector, int runLimit = 0, params ImmutableArray<string> pools)
    {
        var grain = Tenant(id);
        await grain.CreateAsync(new CreateTenant($"Tenant {id}", pools, null, runLimit), default);
        await grain.SetQuotaAsync(repository, 1L << 30, null, default);
        await AddConnectorAsync(id, connector);
        return grain;
    }

    public async Task<IssuedCertificate> AddConnectorAsync(string tenant, string host, AccessLevel level = AccessLevel.Full) =>
        await Tenant(tenant).EnrolConnectorAsync(
            Claim(await Tenant(tenant).CreateCodeAsync(TimeSpan.FromHours(1), level, default), host: host), default);

    public static EnrolmentClaim Claim(EnrolmentSecret secret, string key = "key-1", string host = "host") => new(secret.Secret, TestAuthority.Key(key), host);

    public static OpenRun Open(string connector, string repository = "rep1", bool readsOnly = false) =>
        new(JobMode.Backup, connector, repository, "host", "restic backup", readsOnly, 5);

    public static async Task<RefusedException> RefusedAsync(RefusalReason reason, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(call);
        Assert.Equal(reason, refused.Reason);
        Assert.NotEmpty(refused.Message);
        return refused;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        _folder?.Dispose();
    }
}
