using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Edge;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Support;

/// <summary>An engine alone, from accept to close, between tenants and a target that are the test's own sockets. Routes are cached; there is no silo.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Socket _target;
    private readonly Ends _ends = new();
    private readonly IListening _listening;

    private EngineUnderTest(ServiceProvider services, Socket target, Ends ends, Socket listener)
    {
        (_services, _target, _ends) = (services, target, ends);
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        Engine = services.GetRequiredService<IConnectionEngine>();
        _listening = Engine.Serve(listener);
    }

    public IPEndPoint EndPoint { get; }

    public IConnectionEngine Engine { get; }

    public EpollEngine Epoll => (EpollEngine)Engine;

    public GatewayCounters Counters => _services.GetRequiredService<GatewayCounters>();

    public LiveConnections Live => _services.GetRequiredService<LiveConnections>();

    public TenantMeters Meters => _services.GetRequiredService<TenantMeters>();

    public RouteTable Table => _services.GetRequiredService<RouteTable>();

    public DescriptorBudget Budget => _services.GetRequiredService<DescriptorBudget>();

    public FakeSilo Silo => (FakeSilo)_services.GetRequiredService<ISilo>();

    public ConnectionLimits Limits => _services.GetRequiredService<ConnectionLimits>();

    public static string Name(string tenant) => $"a-{tenant.PadRight(26, 'a')}.access.demo.test";

    /// <param name="engine">Which one.</param>
    /// <param name="time">Its clock; null: the system's.</param>
    /// <param name="bufferBytes">Sizes of socket buffers; null: the system's.</param>
    /// <param name="change">Changes options.</param>
    /// <param name="stuck">A target that takes no connections; its tenant is of the same name.</param>
    /// <param name="least">What is logged; above Debug <see cref="EndAsync"/> has nothing to tell.</param>
    /// <param name="tenants">Who has a route, with which limit.</param>
    public static EngineUnderTest Start(
        RelayEngine engine,
        TimeProvider? time = null,
        int? bufferBytes = null,
        Action<GatewayOptions>? change = null,
        StuckTarget? stuck = null,
        LogLevel least = LogLevel.Debug,
        params (string Tenant, long? BytesPerSecond)[] tenants)
    {
        var options = new GatewayOptions
        {
            RelayEngine = engine,
            HelloTimeout = TimeSpan.FromSeconds(60),
            DialTimeout = TimeSpan.FromSeconds(60),
            MaxConnectionsPerSource = 100_000,
            MaxConnectionsPerTenant = 100_000,
        };
        change?.Invoke(options);
        time ??= TimeProvider.System;
        var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var listener = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (bufferBytes is { } bytes)
        {
            (target.ReceiveBufferSize, listener.ReceiveBufferSize, listener.SendBufferSize) = (bytes, bytes, bytes);
        }

        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        target.Listen(4096);
        ListeningSocket.Listen(listener);

        var ends = new Ends();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(least).AddProvider(ends));
        services.AddMetrics();
        services.AddSingleton(time);
        services.AddSingleton(options);
        services.AddSingleton(new GatewayIdentity("gtw1"));
        services.AddSingleton<GatewayCounters>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<ISilo>(new FakeSilo { IsAway = true });
        services.AddSingleton<RouteTable>();
        services.AddSingleton(provider => new UnknownNameLimiter(60, 60, time, SourceNetworks.None));
        services.AddSingleton<RouteResolver>();
        services.AddSingleton(new TargetDialer(options.DialTimeout, time));
        services.AddSingleton(new ConnectionLimits(options.MaxConnections, options.MaxConnectionsPerSource, options.MaxHandshakes, options.MaxConnectionsPerTenant));
        services.AddSingleton(provider => new DescriptorBudget(
            null, 0, 0, provider.GetRequiredService<GatewayMetrics>(), time, NullLogger<DescriptorBudget>.Instance));
        services.AddSingleton(new RelayLimits(options.IdleTimeout, options.StallTimeout, options.RelayBufferBytes));
        services.AddSingleton<IRelay, ManagedRelay>();
        services.AddSingleton<LiveConnections>();
        services.AddSingleton<ManagedConnections>();
        services.AddSingleton<TenantMeters>();
        services.AddSingleton<ConnectionServer>();
        services.AddSingleton(provider => ConnectionEngines.Create(provider, options));
        var built = services.BuildServiceProvider();
        var port = ((IPEndPoint)target.LocalEndPoint!).Port;
        RelayTarget[] more = stuck is null ? [] : [stuck.Target];
        var expires = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
        built.GetRequiredService<RouteTable>().Replace(new GatewaySnapshot(
            1,
            "gtw1",
            "demo.test",
            GatewayWantedState.Active,
            [new RelayTarget("repo1", "127.0.0.1", port, new byte[32]), new RelayTarget("tenant-api", "127.0.0.1", port, new byte[32]), .. more],
            [
                .. tenants.Select(tenant => new GatewayRoute(Name(tenant.Tenant), "repo1", tenant.Tenant, expires, tenant.BytesPerSecond)),
                .. more.Select(other => new GatewayRoute(Name(other.Id), other.Id, other.Id, expires)),
            ]));
        return new EngineUnderTest(built, target, ends, listener);
    }

    /// <summary>A relayed connection: the tenant's end and the target's, which has read PROXY header and hello.</summary>
    public async Task<RelayedPair> RelayAsync(string name = "cc.demo.test", int? bufferBytes = null, IPAddress? from = null)
    {
        var tenant = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (bufferBytes is { } bytes)
        {
            (tenant.SendBufferSize, tenant.ReceiveBufferSize) = (bytes, bytes);
        }

        if (from is not null)
        {
            tenant.Bind(new IPEndPoint(from, 0));
        }

        await tenant.ConnectAsync(EndPoint);
        var hello = new HelloBuilder().Name(name).Record();
        await tenant.SendAsync(hello);
        var target = await AcceptAsync();
        if (bufferBytes is { } farBytes)
        {
            target.SendBufferSize = farBytes;
        }

        var preamble = new byte[16];
        await target.ReceiveExactlyAsync(preamble);
        await target.ReceiveExactlyAsync(new byte[BinaryPrimitives.ReadUInt16BigEndian(preamble.AsSpan(14))]);
        var received = new byte[hello.Length];
        await target.ReceiveExactlyAsync(received);
        Assert.Equal(hello, received);
        return new RelayedPair(tenant, target, hello.Length);
    }

    public async Task<Socket> AcceptAsync()
    {
        var target = await _target.AcceptAsync().WaitAsync(Eventually.Deadline);
        target.NoDelay = true;
        return target;
    }

    /// <summary>How the next relay to end did.</summary>
    public async Task<RelayResult> EndAsync()
    {
        RelayResult result = default;
        await Eventually.TrueAsync(() => _ends.Results.TryDequeue(out result), () => $"no relay ended; {Live.Count} live");
        return result;
    }

    public bool HasEnded => !_ends.Results.IsEmpty;

    /// <summary>Faults that the test has made, which would fail it otherwise.</summary>
    public IReadOnlyList<string> TakeFaults()
    {
        var faults = new List<string>();
        while (_ends.Faults.TryDequeue(out var fault))
        {
            faults.Add(fault);
        }

        return faults;
    }

    /// <summary>Waits until every loop has obeyed what was asked of it before. The managed engine does so at once.</summary>
    public async Task SettleAsync()
    {
        foreach (var loop in (Engine as EpollEngine)?.Loops ?? [])
        {
            await OnLoopAsync(loop, () => 0);
        }
    }

    /// <summary>Runs <paramref name="look"/> on the loop's own thread.</summary>
    public static async Task<T> OnLoopAsync<T>(EventLoop loop, Func<T> look)
    {
        var looked = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(LoopCommand.RunOf(() => looked.SetResult(look())));
        return await looked.Task.WaitAsync(Eventually.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await _listening.StopAsync();
        Live.AbortAll();
        await Live.WaitForNoneAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);
        Assert.Equal((0, 0), (Limits.Open, Limits.Tenants));
        await _services.DisposeAsync();
        _target.Dispose();
        Assert.Empty(_ends.Faults);
    }

    private sealed class Ends : ILoggerProvider, ILogger
    {
        private const int RelayEnded = 202;

        public ConcurrentQueue<RelayResult> Results { get; } = new();

        public ConcurrentQueue<string> Faults { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error)
            {
                Faults.Enqueue(formatter(state, exception) + exception);
            }

            if (eventId.Id == RelayEnded && state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                var named = values.ToDictionary(value => value.Key, value => value.Value);
                Results.Enqueue(new RelayResult((RelayEnd)named["End"]!, (long)named["BytesUp"]!, (long)named["BytesDown"]!));
            }
        }

        public void Dispose()
        {
        }
    }
}
