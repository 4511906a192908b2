using System.Globalization;

namespace Headgate.Relay.Bench.Soak;

/// <summary>What a process held at one moment.</summary>
/// <param name="Seconds">Since the soak began.</param>
/// <param name="RssMiB">Memory that lies in RAM.</param>
/// <param name="AnonymousMiB">Of that, what is no file's: heaps and stacks.</param>
/// <param name="Descriptors">All that is open.</param>
/// <param name="Sockets">Of those, sockets, without connections to the silo: the HTTP client opens further ones while one is busy, and keeps them.</param>
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
        var open = Directory.GetFiles($"/proc/{pid}/fd").Select(TargetOf).ToArray();
        var toSilo = SocketsTo(pid, Provider.EdgePort);
        return new Sample(
            elapsed.TotalSeconds, Number("VmRSS:") / 1024, Number("RssAnon:") / 1024, open.Length, Count("socket:"), Count("pipe:"), (int)Number("Threads:"));

        int Count(string kind) => open.Count(target => target?.StartsWith(kind, StringComparison.Ordinal) == true && !toSilo.Contains(target));

        double Number(string field) => double.Parse(
            status.Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public override string ToString() =>
        $"{Seconds,7:0} s  RSS {RssMiB,6:0.0} MiB  anonymous {AnonymousMiB,6:0.0} MiB  descriptors {Descriptors,5}  sockets {Sockets,5}  pipe ends {Pipes,4}  threads {Threads,3}";

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            // Closed since it was listed.
            return null;
        }
    }

    /// <summary>Sockets of the process's network that are connected to that port, named as links to them are (proc_pid_net(5)).</summary>
    private static HashSet<string> SocketsTo(int pid, int port)
    {
        const int Remote = 2;
        const int Inode = 9;
        var ending = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return [.. ((string[])["tcp", "tcp6"])
            .SelectMany(table => File.ReadLines($"/proc/{pid}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[Remote].EndsWith(ending, StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[Inode]}]")];
    }
}
