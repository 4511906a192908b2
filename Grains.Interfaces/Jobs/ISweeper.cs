namespace Headgate.Grains;

/// <summary>Wakes what is due: silent runs, expiries. One; key <c>sweeper</c>; poked by every silo each 15 s.</summary>
[Alias("headgate.sweeper")]
public interface ISweeper : IGrainWithStringKey
{
    /// <summary>Sweeps once; answers how many rows it ended. A poke while a sweep is under way waits for the next turn.</summary>
    Task<int> SweepAsync(CancellationToken cancellationToken);
}
