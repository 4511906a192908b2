using System.IO.Pipelines;
using Headgate.Repository.Access;

namespace Headgate.Repository.Resume;

/// <summary>A leg's input that notes when something came: the sign of life that the stall rule and the rule for silent legs go by.</summary>
internal sealed class HeardReader(PipeReader inner, ClientConnection leg) : PipeReader
{
    /// <summary>The session that the leg carries; null before it does.</summary>
    public ClientConnection? Session { get; set; }

    public override void AdvanceTo(SequencePosition consumed)
    {
        inner.AdvanceTo(consumed);
        Heard();
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        inner.AdvanceTo(consumed, examined);
        Heard();
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        inner.ReadAtLeastAsync(minimumSize, cancellationToken);

    private void Heard()
    {
        leg.Heard();
        Session?.Heard();
    }
}
