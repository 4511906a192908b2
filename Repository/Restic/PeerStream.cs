using Headgate.Repository.Access;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Restic;

/// <summary>
/// A request's body: counted, under the stall rule, and with every failure of the peer or the network told apart from one of the disk.
/// Read only.
/// </summary>
internal sealed class PeerStream(Stream body, ClientConnection connection, RepositoryMetrics metrics) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BodyBrokenException">The body did not arrive whole.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        connection.WaitBegins();
        try
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            connection.Counter?.Up(count);
            metrics.BytesUp(count);
            return count;
        }
        catch (IOException fault)
        {
            throw new BodyBrokenException(fault.Message, fault);
        }
        finally
        {
            connection.WaitEnds();
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
