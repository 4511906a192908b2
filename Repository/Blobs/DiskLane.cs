namespace Headgate.Repository.Blobs;

/// <summary>
/// Runs short blocking disk work (fsync, rename) off the thread pool: an fsync may take tens of milliseconds, and a pool of as many
/// threads as the machine has cores would leave every other connection waiting behind a few commits.
/// </summary>
internal sealed class DiskLane(int width = 16) : IDisposable
{
    private readonly SemaphoreSlim _places = new(width);

    /// <summary>Runs <paramref name="work"/> on a thread of its own; at most as many at once as the lane is wide.</summary>
    /// <remarks>Once begun the work is finished, whatever becomes of the caller: <paramref name="token"/> only ends the wait for a place.</remarks>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken token)
    {
        await _places.WaitAsync(token);
        try
        {
            return await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
