namespace Headgate.Testing.Fuzzing;

/// <summary>SplitMix64: random numbers that are the same on every runtime and cost nothing to seed, so that each input has a seed of its own.</summary>
/// <param name="seed">Where it starts.</param>
public sealed class FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Starts anew: input <paramref name="input"/> of the run with this seed.</summary>
    public void Restart(ulong seed, long input)
    {
        _state = seed;
        _state = Next() + (ulong)input;
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="end"/>; 0 when that is 0.</summary>
    public int Next(int end) => end <= 0 ? 0 : (int)(Next() % (ulong)end);

    /// <summary>True in one of <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Next(times) == 0;
}
