using System.Globalization;
using Headgate.Relay.Bench.Figures;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench;

/// <summary>Prints what was measured, and how the gateways stand beside what is demanded.</summary>
internal sealed class Report(Samples samples, TextWriter output)
{
    /// <summary>One figure: a line for each peer.</summary>
    public void Print(Figure figure)
    {
        var peers = samples.PeersOf(figure.Name);
        if (peers.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"{figure.Name}: {figure.Title}");
        output.WriteLine($"  {"",-12}{string.Concat(figure.Metrics.Select(metric => $"{metric.Name,12}   {"(least .. most)",-20} {"ratio",6}"))}");
        foreach (var peer in peers.Order(StringComparer.Ordinal))
        {
            output.Write($"  {(peer == NoPeer.None ? "no relay" : peer),-12}");
            foreach (var metric in figure.Metrics)
            {
                output.Write(samples.Find(figure.Name, metric.Name, peer) is { } found
                    ? $"{Text(found.Median, metric),12}   {$"({Text(found.Least, metric)} .. {Text(found.Most, metric)})",-20} {Ratio(figure, metric, peer) switch { { } ratio => "x" + Two(ratio), _ => "" },6}"
                    : $"{"-",12}   {"",-20} {"",6}");
            }

            output.WriteLine();
        }
    }

    /// <summary>Every gateway's figures beside what is demanded of them.</summary>
    public void PrintVerdicts(IEnumerable<Figure> figures)
    {
        output.WriteLine();
        output.WriteLine($"{"figure",-18} {"value",-18} {"gateway",-12} {"rounds",6} {"haproxy",10} {"gateway",10} {"ratio",6}   {"must",-7} {"aim",-7}");
        foreach (var figure in figures)
        {
            foreach (var metric in figure.Metrics.Where(metric => metric.Demand is not null))
            {
                foreach (var peer in samples.PeersOf(figure.Name).Where(IsGateway).Order(StringComparer.Ordinal))
                {
                    PrintVerdict(figure, metric, peer);
                }
            }
        }
    }

    private static bool IsGateway(string peer) => peer is not (Peer.Reference or NoPeer.None or NginxPeer.Nginx);

    private static string Text(double value, Metric metric) => value.ToString("F" + metric.Digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Two(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private void PrintVerdict(Figure figure, Metric metric, string peer)
    {
        if (samples.Find(figure.Name, metric.Name, peer) is not { } found)
        {
            return;
        }

        var demand = metric.Demand!;
        var ratio = Ratio(figure, metric, peer);
        var reference = samples.Find(figure.Name, metric.Name, Peer.Reference);
        var verdict = demand.IsRatio ? ratio is { } value ? demand.Verdict(value) : "not compared" : demand.Verdict(found.Median);
        output.WriteLine($"{figure.Name,-18} {metric.Name,-18} {peer,-12} {found.Count,6} {(reference is { } of ? Text(of.Median, metric) : "-"),10} {Text(found.Median, metric),10} "
            + $"{(ratio is { } x ? Two(x) : "-"),6}   {Bound(demand.Must),-7} {Bound(demand.Aim),-7} {verdict}");

        string Bound(double bound) => (demand.MoreIsBetter ? ">=" : "<=") + Two(bound);
    }

    private double? Ratio(Figure figure, Metric metric, string peer) =>
        peer != Peer.Reference && samples.Find(figure.Name, metric.Name, Peer.Reference) is { Median: > 0 } reference && samples.Find(figure.Name, metric.Name, peer) is { } found
            ? found.Median / reference.Median
            : null;
}
