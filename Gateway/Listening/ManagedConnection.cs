using System.Net;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Listening;

/// <summary>A connection of the managed engine.</summary>
internal sealed class ManagedConnection(long id, TimeProvider time) : LiveConnection, IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private readonly long _began = time.GetTimestamp();
    private int _aborts;
    private long _bytesUp;
    private long _bytesDown;
    private long _lastActivity = time.GetTimestamp();

    /// <summary>Who connected; null before it is known.</summary>
    public IPEndPoint? Source { get; set; }

    public string Stage { get; set; } = "hello";

    /// <summary>What its tenant may move; null before it is led to a target.</summary>
    public TenantMeter? Meter { get; set; }

    /// <summary>Ends the connection by reset.</summary>
    public CancellationToken Aborted => _abort.Token;

    public void MovedUp(long bytes) => Moved(ref _bytesUp, bytes);

    public void MovedDown(long bytes) => Moved(ref _bytesDown, bytes);

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _aborts, 1) == 0)
        {
            try
            {
                _abort.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself at the same moment.
            }
        }
    }

    public override ConnectionInfo Describe(TimeProvider time) => new(
        id,
        Stage,
        Source?.ToString() ?? "",
        ServerName,
        Meter?.Tenant,
        Target,
        time.GetElapsedTime(_began),
        time.GetElapsedTime(Volatile.Read(ref _lastActivity)),
        Volatile.Read(ref _bytesUp),
        Volatile.Read(ref _bytesDown));

    public void Dispose() => _abort.Dispose();

    private void Moved(ref long direction, long bytes)
    {
        // Each direction has one loop that writes; the time is anybody's.
        Volatile.Write(ref direction, direction + bytes);
        Volatile.Write(ref _lastActivity, time.GetTimestamp());
    }
}
