using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Relay;

/// <summary>
/// The relay on the runtime's own asynchronous sockets; works on every platform. One timer watches all relays for idleness and stalls, instead of
/// one for each operation.
/// </summary>
internal sealed class ManagedRelay : IRelay, IDisposable
{
    /// <summary>A reset that no receive waits for is passed on within this.</summary>
    private static readonly TimeSpan s_longestLook = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<ManagedRelayRun, byte> _runs = new();
    private readonly RelayLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger<ManagedRelay> _log;
    private readonly ITimer _watch;

    public ManagedRelay(RelayLimits limits, TimeProvider time, ILogger<ManagedRelay> log)
    {
        _limits = limits;
        _time = time;
        _log = log;
        var shorter = limits.Idle < limits.Stall ? limits.Idle : limits.Stall;
        var every = TimeSpan.FromMilliseconds(Math.Clamp(shorter.TotalMilliseconds / 4, 10, s_longestLook.TotalMilliseconds));
        _watch = time.CreateTimer(_ => Watch(), null, every, every);
    }

    /// <summary>Where buffers come from.</summary>
    public ArrayPool<byte> Buffers { get; init; } = ArrayPool<byte>.Shared;

    public async Task<RelayResult> RunAsync(RelayConnection connection, CancellationToken abort)
    {
        var run = new ManagedRelayRun(connection, _limits, Buffers, _time, _log);
        _runs.TryAdd(run, 0);
        try
        {
            using (abort.UnsafeRegister(static run => ((ManagedRelayRun)run!).End(RelayEnd.Aborted), run))
            {
                return await run.RunAsync();
            }
        }
        finally
        {
            _runs.TryRemove(run, out _);
        }
    }

    public void Dispose() => _watch.Dispose();

    private void Watch()
    {
        foreach (var (run, _) in _runs)
        {
            run.CheckLimits();
        }
    }
}
