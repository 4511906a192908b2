using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
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

    /// <summary>
    /// Runs until <paramref name="cancellationToken"/> asks it to stop, then drains for at most <see cref="GatewayOptions.DrainTimeout"/>. Logs to
    /// standard error. Installs no signal handlers.
    /// </summary>
    /// <returns><see cref="Stopped"/> or <see cref="CannotStart"/>.</returns>
    public static async Task<int> RunAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var identity = await IdentityAsync(options, cancellationToken);
            using var host = Build(options, identity);
            await host.StartAsync(cancellationToken);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
            using var asked = cancellationToken.Register(() => ended.TrySetResult());
            using var failed = lifetime.ApplicationStopping.Register(() => ended.TrySetResult());
            await ended.Task;
            await host.StopAsync(CancellationToken.None);
            return Stopped;
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

    /// <summary>Enrols this machine with <paramref name="code"/> and keeps the identity in <paramref name="dataFolder"/>. Returns the gateway's id.</summary>
    /// <exception cref="GatewayStartException">The code is not a gateway's, the folder holds an identity already, or it cannot be written.</exception>
    /// <exception cref="EnrolmentException">The silo was not reached or is not the one the code names.</exception>
    /// <exception cref="ProblemException">The silo refused.</exception>
    internal static async Task<ProgramIdentity> EnrolAsync(string dataFolder, string code, CancellationToken cancellationToken)
    {
        if (!EnrolmentCode.TryParse(code, out var parsed) || parsed.Role != CertificateRole.Gateway)
        {
            throw new GatewayStartException(
                "This is not a gateway's enrolment code (hg1:gateway:...). Make one with 'headgate-server code' and paste all of it.");
        }

        if (TryLoad(dataFolder) is { } present)
        {
            using (present)
            {
                throw new GatewayStartException(
                    $"{dataFolder} holds the identity of gateway {present.Identity.Id} already. Name another folder, or delete this one to enrol anew.");
            }
        }

        var identity = await EnrolmentClient.EnrolAsync(
            parsed, token => DialAsync(parsed, token), Environment.MachineName.ToLowerInvariant(), TimeProvider.System, cancellationToken);
        try
        {
            identity.Save(dataFolder);
            return identity;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            identity.Dispose();
            throw new GatewayStartException($"The identity cannot be written to {dataFolder}: {e.Message}", e);
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
        services.AddSingleton(provider => new UnknownNameLimiter(
            options.UnknownNamesPerMinute, options.UnknownNamesPerMinute, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RouteResolver>();
        services.AddSingleton(provider => new TargetDialer(options.DialTimeout, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new ConnectionLimits(options.MaxConnections, options.MaxConnectionsPerSource, options.MaxHandshakes));
        services.AddSingleton(new RelayLimits(options.IdleTimeout, options.StallTimeout, options.RelayBufferBytes));
        services.AddSingleton<IRelay, ManagedRelay>();
        services.AddSingleton<LiveConnections>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ConnectionServer>(provider, options));
        services.AddSingleton<ListenerSupervisor>();

        // Stopped in the opposite order: first no new connections and drain, while the silo still hears of it; status last.
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<StatusFile>(provider));
        services.AddHostedService<RouteStore>();
        services.AddHostedService<CertificateRenewal>();
        services.AddHostedService<HeartbeatLoop>();
        services.AddHostedService<SiloStream>();
        services.AddHostedService(provider => provider.GetRequiredService<ListenerSupervisor>());
        configure?.Invoke(services);
        var host = builder.Build();
        var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Headgate.Gateway");
        GatewayLog.Starting(log, identity.Identity.Id, identity.Zone, identity.Certificate.NotAfter.ToUniversalTime(), identity.Host, identity.Port);
        return host;
    }

    private static async Task<ProgramIdentity> IdentityAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        // The options are checked before they are used to enrol: a code works once.
        var check = new GatewayOptionsValidator().Validate(null, options);
        if (check.Failed)
        {
            throw new OptionsValidationException(nameof(GatewayOptions), typeof(GatewayOptions), check.Failures);
        }

        if (TryLoad(options.DataFolder) is { } present)
        {
            return present;
        }

        return options.Code is { } code
            ? await EnrolAsync(options.DataFolder, code, cancellationToken)
            : throw new GatewayStartException(
                $"{options.DataFolder} holds no identity. Enrol first: headgate-gateway enroll --data {options.DataFolder} CODE, or give run a --code.");
    }

    private static ProgramIdentity? TryLoad(string dataFolder)
    {
        try
        {
            if (!ProgramIdentity.TryLoad(dataFolder, out var identity))
            {
                return null;
            }

            if (identity.Identity.Role == CertificateRole.Gateway)
            {
                return identity;
            }

            using (identity)
            {
                throw new GatewayStartException($"{dataFolder} holds the identity of a {identity.Identity.Role}, not of a gateway. Name another folder.");
            }
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or JsonException)
        {
            throw new GatewayStartException($"The identity in {dataFolder} cannot be read: {e.Message} Restore the folder, or delete it and enrol with a new code.", e);
        }
    }

    private static async Task<Stream> DialAsync(EnrolmentCode code, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(code.Host, code.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException(e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
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
