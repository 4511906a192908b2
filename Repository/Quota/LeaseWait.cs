namespace Headgate.Repository.Quota;

/// <summary>An upload's wait for the silo, measured from its making to its disposal.</summary>
internal readonly struct LeaseWait(RepositoryMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly long _began = time.GetTimestamp();

    public void Dispose() => metrics.LeaseAwaited(time.GetElapsedTime(_began));
}
