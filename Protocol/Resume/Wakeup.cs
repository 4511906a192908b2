using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>Lets one loop wait for bytes of the application or for anything else that it must do, without a wake-up being lost.</summary>
internal sealed class Wakeup(PipeReader application)
{
    private const int Busy = 0;
    private const int WaitsForBytes = 1;
    private const int Waits = 2;

    private readonly SemaphoreSlim _signal = new(0);
    private int _state;

    /// <summary>To be called before the loop looks, for the last time, whether there is something to do.</summary>
    public void Prepare(bool forBytes) => Interlocked.Exchange(ref _state, forBytes ? WaitsForBytes : Waits);

    /// <summary>Waits as prepared.</summary>
    public async ValueTask WaitAsync(bool forBytes)
    {
        if (forBytes)
        {
            var result = await application.ReadAsync();
            application.AdvanceTo(result.Buffer.Start);
        }
        else
        {
            await _signal.WaitAsync();
        }

        Interlocked.Exchange(ref _state, Busy);
    }

    /// <summary>Takes a preparation back: there is something to do. A signal given in between costs one turn too many, no more.</summary>
    public void Forget() => Interlocked.Exchange(ref _state, Busy);

    /// <summary>Ends the wait, the present one or the one that is prepared. What the loop is to see must be in place before.</summary>
    public void Wake()
    {
        switch (Interlocked.Exchange(ref _state, Busy))
        {
            case WaitsForBytes:
                application.CancelPendingRead();
                break;
            case Waits:
                _signal.Release();
                break;
        }
    }

    /// <summary>As <see cref="Wake"/>, for a loop that does not wait for bytes: there is room again.</summary>
    public void WakeForRoom()
    {
        if (Interlocked.CompareExchange(ref _state, Busy, Waits) == Waits)
        {
            _signal.Release();
        }
    }
}
