namespace Headgate.Grains.Bench;

/// <summary>What is called: one addition, answered from memory. The peers implement the same interface without an engine.</summary>
public interface ICounter : IGrainWithStringKey
{
    Task<int> AddAsync(int by, CancellationToken cancellationToken = default);

    /// <summary>Calls another counter so many times, one after the other, and answers the ticks that each call took.</summary>
    [ResponseTimeout("1.00:00:00")]
    Task<long[]> CallAsync(string key, int times);
}

public sealed class CounterGrain : Grain, ICounter
{
    private int _sum;

    public Task<int> AddAsync(int by, CancellationToken cancellationToken) => Task.FromResult(_sum += by);

    public Task<long[]> CallAsync(string key, int times) => Caller.RunAsync(GrainFactory.GetGrain<ICounter>(key), times, default);
}
