using System.Threading.Channels;
using Headgate.Silo.Storage.Rows;

namespace Headgate.Silo.EdgeApi;

/// <summary>One stream's place at the hub: a bounded queue of rows. Dispose gives the place up.</summary>
internal sealed class EdgeSubscription(EdgeHub hub, string[] audiences) : IDisposable
{
    /// <summary>Rows that may wait for a slow client before its stream ends.</summary>
    public const int QueueLength = 2048;

    private readonly Channel<EdgeLogRow> _queue = Channel.CreateBounded<EdgeLogRow>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Whom the stream is for.</summary>
    public IReadOnlyList<string> Audiences => audiences;

    /// <summary>The rows, in order; completed when the client did not keep up.</summary>
    public ChannelReader<EdgeLogRow> Rows => _queue.Reader;

    public void Dispose() => hub.Unsubscribe(this);

    internal void Offer(EdgeLogRow row)
    {
        if (!_queue.Writer.TryWrite(row))
        {
            _queue.Writer.TryComplete();
        }
    }
}
