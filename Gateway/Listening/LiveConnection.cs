using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Listening;

/// <summary>
/// One connection that this process holds, whatever its stage. Its fields are written by whoever serves it alone; others read them as they are at the moment.
/// </summary>
internal abstract class LiveConnection
{
    private string? _serverName;
    private string? _target;

    /// <summary>The name it asked for; null before the hello.</summary>
    public string? ServerName
    {
        get => Volatile.Read(ref _serverName);
        set => Volatile.Write(ref _serverName, value);
    }

    /// <summary>The target it was led to; null before that.</summary>
    public string? Target
    {
        get => Volatile.Read(ref _target);
        set => Volatile.Write(ref _target, value);
    }

    /// <summary>Ends the connection by reset. Safe from any thread, also after it ended.</summary>
    public abstract void Abort();

    /// <summary>What it is at; null when it ended meanwhile. Safe from any thread.</summary>
    public abstract ConnectionInfo? Describe(TimeProvider time);
}
