using Headgate.Gateway.Relay.Epoll;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Listening;

/// <summary>Chooses the engine.</summary>
internal static class ConnectionEngines
{
    /// <summary>The engine that <see cref="GatewayOptions.RelayEngine"/> asks for; for <see cref="RelayEngine.Auto"/> the best one that works here.</summary>
    /// <exception cref="GatewayStartException">The epoll engine was asked for by name and cannot work here.</exception>
    public static IConnectionEngine Create(IServiceProvider services, GatewayOptions options)
    {
        var log = services.GetRequiredService<ILogger<EpollEngine>>();
        if (options.RelayEngine != RelayEngine.Managed)
        {
            try
            {
                if (EpollEngine.WhyNot() is not { } why)
                {
                    var engine = new EpollEngine(ActivatorUtilities.CreateInstance<EdgeServices>(services, options));
                    GatewayLog.EngineStarts(log, RelayEngine.Epoll, engine.Loops.Count, options.RelayPipes, options.RelayPipeBytes);
                    return engine;
                }

                FallBack(why);
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException)
            {
                FallBack(e.Message);
            }
        }

        return ActivatorUtilities.CreateInstance<ManagedEngine>(services);

        void FallBack(string why)
        {
            if (options.RelayEngine == RelayEngine.Epoll)
            {
                throw new GatewayStartException($"--relay-engine epoll: {why}. Leave it out, or say managed.");
            }

            GatewayLog.EngineFallsBack(log, why);
        }
    }
}
