namespace Headgate.Balance.Bench;

/// <summary>Chance, the same for each way to choose.</summary>
internal sealed class Draws(int seed)
{
    private readonly Random _random = new(seed);

    public double Uniform() => 1 - _random.NextDouble();

    public int Below(int count) => _random.Next(count);

    public double Exponential(double mean) => -Math.Log(Uniform()) * mean;

    /// <summary>Heavy-tailed: at least <paramref name="least"/>, at most <paramref name="most"/>.</summary>
    public double Pareto(double shape, double least, double most) => Math.Min(most, least * Math.Pow(Uniform(), -1 / shape));
}
