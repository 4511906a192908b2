using System.Net.Sockets;
using System.Runtime.InteropServices;
using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>The engine for Linux: event loops, one for each processor unless told otherwise, each with its own connections and pipes.</summary>
internal sealed class EpollEngine : IConnectionEngine, IDisposable
{
    /// <summary>How exact hello, dial and linger are kept to.</summary>
    private static readonly TimeSpan s_longestTick = TimeSpan.FromMilliseconds(250);

    private readonly EdgeServices _services;
    private readonly EventLoop[] _loops;
    private readonly ITimer _ticks;

    public EpollEngine(EdgeServices services)
    {
        _services = services;
        var options = services.Options;
        var loops = options.RelayLoops > 0 ? options.RelayLoops : Environment.ProcessorCount;
        var processors = options.RelayPin && Processors.Allowed() is var allowed && allowed.Count == loops ? allowed : null;
        _loops = [.. Enumerable.Range(0, loops).Select(i => new EventLoop(services, i, loops, (options.RelayPipes + loops - 1 - i) / loops, processors?[i]))];
        foreach (var loop in _loops)
        {
            services.Live.Add(loop.Connections);
            services.Counters.Add(loop.Traffic);
            loop.Start();
        }

        services.Budget.MayAcceptAgain += ResumeAccepting;
        Failed = WatchAsync();
        var tick = Tick(options);
        _ticks = services.Time.CreateTimer(_ => TickAll(), null, tick, tick);
    }

    public Task Failed { get; }

    /// <summary>Pipes open on all loops.</summary>
    public int Pipes => _loops.Sum(loop => loop.Pipes.Open);

    /// <summary>The loops, for tests that look into them.</summary>
    public IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>Whether this machine has what the engine needs; a sentence when not.</summary>
    public static string? WhyNot() =>
        !OperatingSystem.IsLinux() ? "it needs Linux"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64) ? $"it does not know {RuntimeInformation.ProcessArchitecture}"
        : null;

    public IListening Serve(Socket listener) => new EpollListening(listener, _loops, _services);

    public void Dispose()
    {
        _services.Budget.MayAcceptAgain -= ResumeAccepting;
        _ticks.Dispose();
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }
    }

    private static TimeSpan Tick(GatewayOptions options)
    {
        var shortest = ((TimeSpan[])[options.HelloTimeout, options.DialTimeout, options.IdleTimeout, options.StallTimeout]).Min() / 4;
        return TimeSpan.FromMilliseconds(Math.Clamp(shortest.TotalMilliseconds, 10, s_longestTick.TotalMilliseconds));
    }

    private async Task WatchAsync()
    {
        // A loop ends when the engine is disposed of, or by dying.
        await await Task.WhenAny(_loops.Select(loop => loop.Ended));
        await new TaskCompletionSource().Task;
    }

    private void TickAll()
    {
        foreach (var loop in _loops)
        {
            loop.Post(LoopCommand.Tick);
        }
    }

    private void ResumeAccepting()
    {
        foreach (var loop in _loops)
        {
            loop.Post(LoopCommand.RunOf(loop.Acceptors.ResumePaused));
        }
    }
}
