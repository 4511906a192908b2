using System.Globalization;

namespace Headgate.Relay.Bench.Soak;

/// <summary>What a process held at one moment.</summary>
/// <param name="Seconds">Since the soak began.</param>
/// <param name="RssMiB">Memory that lies in RAM.</param>
/// <param name="AnonymousMiB">Of that, what is no file's: heaps and stacks.</param>
/// <param name="Descriptors">All that is open.</param>
/// <param name="Sockets">Of those, sockets.</param>
/// <param name="Pipes">And both ends of pipes.</param>
/// <param name="Threads">Threads.</param>
internal sealed record Sample(double Seconds, double RssMiB, double AnonymousMiB, int Descriptors, int Sockets, int Pipes, int Threads)
{
    /// <summary>What is compared, each with how much more is no growth: a share, and so many beside it.</summary>
    public static IReadOnlyList<(string Name, Func<Sample, double> Value, double Share, double Slack)> Values { get; } =
    [
        ("RSS, MiB", sample => sample.RssMiB, 0.05, 2),
        ("anonymous, MiB", sample => sample.AnonymousMiB, 0.05, 2),
        ("descriptors", sample => sample.Descriptors, 0.10, 20),
        ("sockets", sample => sample.Sockets, 0.10, 20),
        ("pipe ends", sample => sample.Pipes, 0.10, 16),
        ("threads", sample => sample.Threads, 0.10, 4),
    ];

    public static Sample Of(int pid, TimeSpan elapsed)
    {
        var status = File.ReadAllLines($"/proc/{pid}/status");
        var open = Directory.GetFiles($"/proc/{pid}/fd").Select(KindOf).ToArray();
        return new Sample(
            elapsed.TotalSeconds, Number("VmRSS:") / 1024, Number("RssAnon:") / 1024, open.Length, open.Count(kind => kind == "socket"), open.Count(kind => kind == "pipe"), (int)Number("Threads:"));

        double Number(string field) => double.Parse(
            status.Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public override string ToString() =>
        $"{Seconds,7:0} s  RSS {RssMiB,6:0.0} MiB  anonymous {AnonymousMiB,6:0.0} MiB  descriptors {Descriptors,5}  sockets {Sockets,5}  pipe ends {Pipes,4}  threads {Threads,3}";

    private static string? KindOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget?.Split(':')[0];
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return null;
        }
    }
}
