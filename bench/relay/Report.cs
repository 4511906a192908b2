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
        output.WriteLine($"  {"",-12}{string.Concat(figure.Metrics.Select(metric => $"{metric.Name,14}   {"(least .. most)",-20} {"ratio",6}"))}");
        foreach (var peer in peers.Order(StringComparer.Ordinal))
        {
            output.Write($"  {(peer == NoPeer.None ? "no relay" : peer),-12}");
            foreach (var metric in figure.Metrics)
            {
                output.Write(samples.Find(figure.Name, metric.Name, peer) is { } found
                    ? $"{Text(found.Median, metric),14}   {$"({Text(found.Least, metric)} .. {Text(found.Most, metric)})",-20} {(Ratio(figure, metric, peer) is { } ratio && !(metric.IsAdded && peer == NoPeer.None) ? "x" + Two(ratio) : ""),6}"
                    : $"{"-",14}   {"",-20} {"",6}");
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
        if (Compared(figure, metric, peer) is not { } own)
        {
            return;
        }

        var demand = metric.Demand!;
        var ratio = Ratio(figure, metric, peer);
        var verdict = !demand.IsRatio ? demand.Verdict(own) : ratio is { } value ? demand.Verdict(value) : "not compared";
        output.WriteLine($"{figure.Name,-18} {metric.Name + (metric.IsAdded ? " added" : ""),-18} {peer,-12} {samples.Find(figure.Name, metric.Name, peer)!.Value.Count,6} "
            + $"{(Compared(figure, metric, Peer.Reference) is { } reference ? Text(reference, metric) : "-"),10} {Text(own, metric),10} "
            + $"{(ratio is { } x ? Two(x) : "-"),6}   {Bound(demand.Must),-7} {Bound(demand.Aim),-7} {verdict}");

        string Bound(double bound) => (demand.MoreIsBetter ? ">=" : "<=") + Two(bound);
    }

    /// <summary>The median, or what it adds to the usual value (the figure's first) without a relay.</summary>
    private double? Compared(Figure figure, Metric metric, string peer) =>
        samples.Find(figure.Name, metric.Name, peer)?.Median - (metric.IsAdded ? samples.Find(figure.Name, figure.Metrics[0].Name, NoPeer.None)?.Median : 0);

    private double? Ratio(Figure figure, Metric metric, string peer) =>
        peer != Peer.Reference && Compared(figure, metric, Peer.Reference) is { } reference and > 0 && Compared(figure, metric, peer) is { } own ? own / reference : null;
}
