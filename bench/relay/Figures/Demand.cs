namespace Headgate.Relay.Bench.Figures;

/// <summary>What the gateway's median must be, and what it aims at.</summary>
/// <param name="Must">Required.</param>
/// <param name="Aim">Wanted.</param>
/// <param name="MoreIsBetter">Whether these are least values, not most.</param>
/// <param name="IsRatio">Whether they are of the gateway's median over HAProxy's, not of the median itself.</param>
internal sealed record Demand(double Must, double Aim, bool MoreIsBetter = false, bool IsRatio = true)
{
    public string Verdict(double value) => Reaches(value, Aim) ? "reaches the aim" : Reaches(value, Must) ? "ok" : "MISSES";

    private bool Reaches(double value, double bound) => MoreIsBetter ? value >= bound : value <= bound;
}
