namespace Orleans.Concurrency;

/// <summary>A grain without state of its own: several activations of one key may work at once.</summary>
/// <param name="maxLocalWorkers">The most activations of one key.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : Attribute
{
    /// <summary>As many activations of one key as there are processors.</summary>
    public StatelessWorkerAttribute()
        : this(Environment.ProcessorCount)
    {
    }

    internal int MaxLocalWorkers { get; } = Math.Max(1, maxLocalWorkers);
}
