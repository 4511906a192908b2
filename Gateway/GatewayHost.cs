using Headgate.Gateway.Control;
using Headgate.Gateway.Draining;
using Headgate.Gateway.Enrolment;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Routing;
using Headgate.Gateway.Traffic;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Headgate.Gateway;

/// <summary>Runs a cloud gateway in this process, be it a program of its own or one of several parts.</summary>
public static class GatewayHost
{
    /// <summary>The gateway stopped as it was asked to.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start: an option, the identity or an address; the sentences went to standard error.</summary>
    public const int CannotStart = 1;

    /// <summary>It stopped because a part of it failed; the log has it. Starting it again is right.</summary>
    public const int Failed = 2;

    /// <summary>
    /// Runs until <paramref name="cancellationToken"/> asks it to stop, then drains for at most <see cref="GatewayOptions.DrainTimeout"/>. Logs to
    /// standard error. Installs no signal handlers.
    /// </summary>
    /// <returns><see cref="Stopped"/>, <see cref="CannotStart"/> or <see cref="Failed"/>.</returns>
    public static Task<int> RunAsync(GatewayOptions options, CancellationToken cancellationToken) => RunAsync(options, null, cancellationToken);

    /// <inheritdoc cref="RunAsync(GatewayOptions, CancellationToken)"/>
    /// <param name="options">What to do.</param>
    /// <param name="configure">Changes the host's services; for tests.</param>
    /// <param name="cancellationToken">Asks it to stop.</param>
    internal static async Task<int> RunAsync(GatewayOptions options, Action<IServiceCollection>? configure, CancellationToken cancellationToken)
    {
        try
        {
            Check(options);
            using var identity = await GatewayEnrolment.LoadOrEnrolAsync(options, cancellationToken);
            using var host = Build(options, identity, configure);
            await host.StartAsync(cancellationToken);
            var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var asked = cancellationToken.Register(() => ended.TrySetResult(Stopped));

            // Nobody else stops this host: a loop of it died, and the log has why.
            var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
            using var failed = lifetime.ApplicationStopping.Register(() => ended.TrySetResult(Failed));
            var code = await ended.Task;
            await host.StopAsync(CancellationToken.None);
            return code;
        }
        catch (OptionsValidationException e)
        {
            return await SayAsync(string.Join(Environment.NewLine, e.Failures));
        }
        catch (Exception e) when (e is GatewayStartException or EnrolmentException or ProblemException)
        {
            return await SayAsync(e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Stopped;
        }
    }

    /// <summary>The host with all its parts, not started.</summary>
    internal static IHost Build(GatewayOptions options, ProgramIdentity identity, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var services = builder.Services;
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        services.Configure<HostOptions>(host =>
        {
            // Streams drain in StopAsync; the host itself must not cut that short.
            host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(10);
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.StopHost;
        });
        services.AddMetrics();
        services.AddSingleton<IHostLifetime, NoSignals>();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddSingleton<IOptionsFactory<GatewayOptions>>(provider => new GivenOptions(options, provider.GetServices<IValidateOptions<GatewayOptions>>()));
        services.AddOptions<GatewayOptions>().ValidateOnStart();

        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new GatewayIdentity(identity.Identity.Id));
        services.AddSingleton<GatewayCounters>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton(provider => new EdgeSilo(identity, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ISilo>(provider => provider.GetRequiredService<EdgeSilo>());
        services.AddSingleton<RouteTable>();
        services.AddSingleton(_ => SourceNetworks.Of(options.Exempt));
        services.AddSingleton(provider => new UnknownNameLimiter(
            options.UnknownNamesPerMinute,
            options.UnknownNamesPerMinute,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<SourceNetworks>()));
        services.AddSingleton<RouteResolver>();
        services.AddSingleton(provider => new TargetDialer(options.DialTimeout, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ConnectionLimits(
            options.MaxConnections,
            options.MaxConnectionsPerSource,
            options.MaxHandshakes,
            options.MaxConnectionsPerTenant,
            options.MaxHandshakesPerSource,
            provider.GetRequiredService<SourceNetworks>()));
        services.AddSingleton(provider => new DescriptorBudget(
            DescriptorLimit.Raise(),
            DescriptorLimit.InUse(),
            options.DescriptorReserve,
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DescriptorBudget>>()));
        services.AddSingleton(new RelayLimits(options.IdleTimeout, options.StallTimeout, options.RelayBufferBytes));
        services.AddSingleton<IRelay, ManagedRelay>();
        services.AddSingleton<LiveConnections>();
        services.AddSingleton<ManagedConnections>();
        services.AddSingleton<TenantMeters>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ConnectionServer>(provider, options));
        services.AddSingleton<IConnectionEngine>(provider => ConnectionEngines.Create(provider, options));
        services.AddSingleton<ListenerSupervisor>();
        services.AddSingleton<DrainWatch>();

        // Stopped in the opposite order: heartbeats first, so that the silo leaves this gateway out of lists while it drains; status last.
        services.AddHostedService<ServiceReport>();
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<StatusFile>(provider));
        services.AddHostedService(provider => new ControlServer(
            options.DataFolder,
            provider.GetRequiredService<LiveConnections>().List,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ControlServer>>()));
        services.AddHostedService<DescriptorWatch>();
        services.AddHostedService<RouteStore>();
        services.AddHostedService<CertificateRenewal>();
        services.AddHostedService<SiloStream>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainWatch>());
        services.AddHostedService(provider => provider.GetRequiredService<ListenerSupervisor>());
        services.AddHostedService<HeartbeatLoop>();
        configure?.Invoke(services);
        var host = builder.Build();
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Headgate.Gateway");
        GatewayLog.Starting(log, identity.Identity.Id, identity.Zone, identity.Certificate.NotAfter.ToUniversalTime(), identity.Host, identity.Port);
        var budget = host.Services.GetRequiredService<DescriptorBudget>();
        if (budget.Limit is { } descriptors && budget.Capacity < options.MaxConnections * (long)DescriptorBudget.PerConnection)
        {
            GatewayLog.FewDescriptors(log, descriptors, options.MaxConnections, DescriptorLimit.Needed(options.MaxConnections));
        }

        return host;
    }

    private static void Check(GatewayOptions options)
    {
        // Before the host is built, because a code works once and is spent before that.
        var check = new GatewayOptionsValidator().Validate(null, options);
        if (check.Failed)
        {
            throw new OptionsValidationException(nameof(GatewayOptions), typeof(GatewayOptions), check.Failures);
        }
    }

    private static async Task<int> SayAsync(string sentences)
    {
        await Console.Error.WriteLineAsync(sentences);
        return CannotStart;
    }

    /// <summary>Options come as an object; the factory only has it validated.</summary>
    private sealed class GivenOptions(GatewayOptions given, IEnumerable<IValidateOptions<GatewayOptions>> validations)
        : OptionsFactory<GatewayOptions>([], [], validations)
    {
        protected override GatewayOptions CreateInstance(string name) => given;
    }

    /// <summary>Signals are the program's affair: in one process there may be several hosts.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
