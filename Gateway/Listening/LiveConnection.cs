namespace Headgate.Gateway.Listening;

/// <summary>One connection that this process holds, whatever its stage.</summary>
internal sealed class LiveConnection : IDisposable
{
    private readonly CancellationTokenSource _abort = new();
    private int _aborts;

    /// <summary>The name it asked for; null before the hello.</summary>
    public string? ServerName { get; set; }

    /// <summary>The target it was led to; null before that.</summary>
    public string? Target { get; set; }

    /// <summary>Ends the connection by reset.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Ends the connection. Safe from any thread, also after it ended.</summary>
    public void Abort()
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

    public void Dispose() => _abort.Dispose();
}
