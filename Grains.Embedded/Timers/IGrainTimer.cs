namespace Orleans.Runtime;

/// <summary>A timer of a grain. Disposing it ends the ticks and cancels the token of one that runs.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets when the next tick comes; from within a tick, when the next one after it.</summary>
    /// <param name="dueTime">Until the next tick.</param>
    /// <param name="period">From the end of one tick to the next.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative and not infinite, or longer than 49 days.</exception>
    void Change(TimeSpan dueTime, TimeSpan period);
}
