using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Headgate.Grains.Embedded.Tests.Support;

/// <summary>The one place that knows how grains are hosted: all tests beside those in <c>Engine/</c> use the programming model only.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHost(IHost host) => _host = host;

    public ManualTimeProvider Time { get; } = new();

    public MemoryStorage Storage { get; } = new();

    /// <summary>The storage of states that name none.</summary>
    public MemoryStorage Unkeyed { get; } = new();

    public IClusterClient Client => _host.Services.GetRequiredService<IClusterClient>();

    public static async Task<TestHost> StartAsync(Action<ISiloBuilder>? configure = null, TimeProvider? time = null)
    {
        TestHost? test = null;
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo =>
        {
            silo.Services.AddSingleton<TimeProvider>(_ => time ?? test!.Time);
            silo.Services.AddKeyedSingleton<IGrainStorage>("memory", (_, _) => test!.Storage);
            silo.Services.AddSingleton<IGrainStorage>(_ => test!.Unkeyed);
            silo.Services.AddScoped<ScopedThing>();
            configure?.Invoke(silo);
        });
        test = new(builder.Build());
        await test._host.StartAsync();
        return test;
    }

    public T Get<T>(string key)
        where T : IGrainWithStringKey => Client.GetGrain<T>(key);

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Gate.OpenAll();
        await _host.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);
        _host.Dispose();
    }
}
