using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>The two pipes between the application and its session.</summary>
internal sealed class ApplicationPipes : IDuplexPipe
{
    private const int PauseBytes = 256 * 1024;
    private const int ResumeBytes = 128 * 1024;
    private const int SegmentBytes = 16 * 1024;

    private readonly Pipe _in = new(s_options);
    private readonly Pipe _out = new(s_options);

    private static readonly PipeOptions s_options =
        new(pauseWriterThreshold: PauseBytes, resumeWriterThreshold: ResumeBytes, minimumSegmentSize: SegmentBytes, useSynchronizationContext: false);

    /// <param name="resetByApplication">Called when the application completes its output with an exception.</param>
    public ApplicationPipes(Action resetByApplication)
    {
        Input = new ApplicationReader(_in.Reader);
        Output = new ApplicationWriter(_out.Writer, resetByApplication);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Where the session puts the peer's bytes.</summary>
    public PipeWriter ToApplication => _in.Writer;

    /// <summary>Where the session takes the application's bytes from.</summary>
    public PipeReader FromApplication => _out.Reader;

    /// <summary>The application's view of the peer's bytes. That it reads no more is not an error of the session.</summary>
    private sealed class ApplicationReader(PipeReader inner) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
    }

    private sealed class ApplicationWriter(PipeWriter inner, Action reset) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            if (exception is not null)
            {
                reset();
            }

            inner.Complete();
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => inner.WriteAsync(source, cancellationToken);
    }
}
