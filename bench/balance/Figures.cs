namespace Headgate.Balance.Bench;

/// <summary>What came of one way to choose. Loads are connections of gateways that are up, each second, over their mean at that second.</summary>
/// <param name="MeanOfMax">The most loaded gateway's, on average over the seconds.</param>
/// <param name="Worst">The most loaded gateway's at the worst second.</param>
/// <param name="MeanOfP99">The load that one in a hundred gateways exceeds, on average over the seconds.</param>
/// <param name="Idle">Share of gateways, up for two minutes at least, with less than a fifth of the mean.</param>
/// <param name="Moves">Runs that a death made go on elsewhere.</param>
/// <param name="MostOntoOne">Of the runs that one death moved, the share that went to one survivor: the mean over deaths that moved four runs and more.</param>
/// <param name="DeadFirst">Runs whose first gateway was dead when they came.</param>
/// <param name="Runs">All runs.</param>
internal sealed record Figures(double MeanOfMax, double Worst, double MeanOfP99, double Idle, long Moves, double MostOntoOne, long DeadFirst, long Runs);
