namespace Headgate.Relay.Bench.Peers;

/// <summary>A relay that is measured.</summary>
internal abstract class Peer(string name, int port) : IDisposable
{
    /// <summary>What is compared with everything else.</summary>
    public const string Reference = "haproxy";

    private ChildProcess? _process;

    public string Name { get; } = name;

    public int Port { get; } = port;

    /// <summary>The processes that relay; none when there is no relay.</summary>
    public virtual IReadOnlyList<int> Pids => [_process!.Id];

    /// <summary>What it has said.</summary>
    public IReadOnlyList<string> Log => _process!.Log;

    /// <summary>Starts it, or anew.</summary>
    public async Task StartAsync()
    {
        Dispose();
        _process = await LaunchAsync();
    }

    /// <exception cref="BenchException">It has ended.</exception>
    public virtual void MustBeAlive() => _process!.MustBeAlive();

    public virtual void Dispose() => _process?.Dispose();

    protected int ProcessId => _process!.Id;

    /// <summary>The running program, ready; null when there is none.</summary>
    protected abstract Task<ChildProcess?> LaunchAsync();
}
