using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>The application's side of its session: reads the peer's bytes from a pipe, writes its own into the replay buffer.</summary>
internal sealed class ApplicationPipes(PipeReader input, PipeWriter output) : IDuplexPipe
{
    /// <inheritdoc/>
    public PipeReader Input { get; } = new ApplicationReader(input);

    /// <inheritdoc/>
    public PipeWriter Output { get; } = output;

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
}
