using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Figures;

/// <summary>Something that is measured of every peer, in rounds.</summary>
/// <param name="name">What <c>--only</c> calls it.</param>
/// <param name="title">What it is.</param>
/// <param name="metrics">Its values.</param>
internal abstract class Figure(string name, string title, params IReadOnlyList<Metric> metrics)
{
    public string Name { get; } = name;

    public string Title { get; } = title;

    public IReadOnlyList<Metric> Metrics { get; } = metrics;

    /// <summary>Whether it makes sense without a relay.</summary>
    public virtual bool TakesNone => true;

    /// <summary>Whether it is of small segments, between network namespaces.</summary>
    public virtual bool IsOfWire => false;

    /// <summary>Rounds, when so many are asked for.</summary>
    public virtual int Rounds(int wanted) => wanted;

    /// <summary>The values of one round, in the order of <see cref="Metrics"/>; NaN: there is none.</summary>
    public abstract Task<double[]> MeasureAsync(World world, Peer peer);

    /// <summary>Rounds in which nothing is kept, so that code is compiled and pools are filled.</summary>
    public virtual Task WarmUpAsync(World world, Peer peer) => MeasureAsync(world, peer);
}
