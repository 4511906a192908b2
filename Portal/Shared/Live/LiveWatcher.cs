using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>
/// Hands answers to one page, one at a time, the latest only: a page that is slow skips answers and holds nobody up.
/// </summary>
internal sealed class LiveWatcher<T>(Func<LiveValue<T>, Task> deliver, ILogger logger)
{
    private readonly Lock _lock = new();
    private LiveValue<T>? _next;
    private bool _running;
    private bool _stopped;

    public void Post(LiveValue<T> value)
    {
        lock (_lock)
        {
            _next = value;
            if (_running || _stopped)
            {
                return;
            }

            _running = true;
        }

        _ = Task.Run(DeliverAsync);
    }

    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
        }
    }

    private async Task DeliverAsync()
    {
        while (true)
        {
            LiveValue<T> value;
            lock (_lock)
            {
                if (_next is null || _stopped)
                {
                    _running = false;
                    return;
                }

                (value, _next) = (_next, null);
            }

            try
            {
                await deliver(value);
            }
            catch (ObjectDisposedException)
            {
                // The page went while its answer was under way.
                Stop();
            }
            catch (Exception exception)
            {
                PortalLog.DeliveryFailed(logger, exception);
            }
        }
    }
}
