using System.Globalization;

namespace Headgate.Relay.Bench;

/// <summary>Every value that was measured. Kept in a file as lines of figure, metric, peer and value.</summary>
internal sealed class Samples
{
    private readonly Dictionary<(string Figure, string Metric, string Peer), List<double>> _values = [];
    private readonly StreamWriter? _file;

    /// <summary>Begins with those in <paramref name="file"/>, when there is one, and adds to it.</summary>
    public Samples(string? file, bool readOnly = false)
    {
        if (file is null)
        {
            return;
        }

        foreach (var line in File.Exists(file) ? File.ReadAllLines(file) : [])
        {
            if (line.Split('\t') is [var figure, var metric, var peer, var value])
            {
                Of(figure, metric, peer).Add(double.Parse(value, CultureInfo.InvariantCulture));
            }
        }

        _file = readOnly ? null : new StreamWriter(file, append: true) { AutoFlush = true };
    }

    public void Add(string figure, string metric, string peer, double value)
    {
        Of(figure, metric, peer).Add(value);
        _file?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure}\t{metric}\t{peer}\t{value:R}"));
    }

    /// <summary>Peers that have values of a figure.</summary>
    public IReadOnlyList<string> PeersOf(string figure) => [.. _values.Keys.Where(key => key.Figure == figure).Select(key => key.Peer).Distinct()];

    /// <summary>Null when there are none.</summary>
    public Summary? Find(string figure, string metric, string peer) =>
        _values.TryGetValue((figure, metric, peer), out var values) && values.Count > 0 ? Summary.Of(values) : null;

    private List<double> Of(string figure, string metric, string peer)
    {
        if (!_values.TryGetValue((figure, metric, peer), out var values))
        {
            _values[(figure, metric, peer)] = values = [];
        }

        return values;
    }
}
