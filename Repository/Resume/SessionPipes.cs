using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Headgate.Protocol.Resume;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Resume;

/// <summary>
/// A session's pipes with the manners of Kestrel's own transports: when a session is reset the connection is closed first, then reads fail with
/// <see cref="ConnectionAbortedException"/> and writes complete. Anything else Kestrel takes for a fault of its own or of the application.
/// </summary>
internal sealed class SessionPipes(IDuplexPipe application, SessionContext context) : IDuplexPipe
{
    public PipeReader Input { get; } = new Reader(application.Input, context);

    public PipeWriter Output { get; } = new Writer(application.Output);

    private sealed class Reader(PipeReader inner, SessionContext context) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.ReadAsync(cancellationToken);
            }
            catch (ResumeResetException fault)
            {
                throw Aborted(fault);
            }
        }

        public override bool TryRead(out ReadResult result)
        {
            try
            {
                return inner.TryRead(out result);
            }
            catch (ResumeResetException fault)
            {
                throw Aborted(fault);
            }
        }

        private ConnectionAbortedException Aborted(ResumeResetException fault)
        {
            context.Close();
            return new ConnectionAbortedException(fault.Message, fault);
        }
    }

    private sealed class Writer(PipeWriter inner) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.FlushAsync(cancellationToken);
            }
            catch (ResumeResetException)
            {
                // The reads tell, and the connection's end does.
                return new FlushResult(isCanceled: false, isCompleted: true);
            }
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            try
            {
                return await inner.WriteAsync(source, cancellationToken);
            }
            catch (ResumeResetException)
            {
                return new FlushResult(isCanceled: false, isCompleted: true);
            }
        }
    }
}
