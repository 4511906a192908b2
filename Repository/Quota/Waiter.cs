namespace Headgate.Repository.Quota;

/// <summary>An upload that waits for room which only the silo can grant.</summary>
/// <param name="bytes">How much room.</param>
/// <param name="allowance">How far it may go.</param>
internal sealed class Waiter(long bytes, Allowance allowance)
{
    private readonly TaskCompletionSource<ReserveStatus> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Bytes => bytes;

    public Allowance Allowance => allowance;

    /// <summary>The request under way asks for it: if the answer grants nothing, that is all there is.</summary>
    public bool IsAsked { get; set; }

    /// <summary>Done when it is decided; the bytes are set aside then if they are at all.</summary>
    public Task<ReserveStatus> Decision => _done.Task;

    public void Decide(ReserveStatus status) => _done.SetResult(status);
}
