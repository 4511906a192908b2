using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench;

/// <summary>What was asked for on the command line.</summary>
internal sealed class Options
{
    public bool IsQuick { get; private set; }

    public int Rounds { get; private set; } = 9;

    public long StreamBytes { get; private set; } = 2048L << 20;

    /// <summary>Figures, or the beginnings of their names; empty: all.</summary>
    public string[] Only { get; private set; } = [];

    public string[] Without { get; private set; } = [];

    /// <summary>Gateways to measure: a name, the program, arguments of <c>run</c>. The first is the one that the table is about.</summary>
    public List<(string Name, string Program, string[] Arguments)> Gateways { get; } = [];

    public List<string> GatewayArguments { get; } = [];

    public string? Keep { get; private set; }

    public string? Report { get; private set; }

    /// <summary>How long a soak lasts; null: figures are measured.</summary>
    public TimeSpan? Soak { get; private set; }

    public static Options Parse(string[] arguments, string builtGateway)
    {
        var options = new Options();
        var queue = new Queue<string>(arguments);
        var (rounds, mib) = (0, 0L);
        while (queue.TryDequeue(out var name))
        {
            switch (name)
            {
                case "--quick":
                    options.IsQuick = true;
                    break;
                case "--no-build":
                    break;
                case "--configuration":
                    // The script's; both say which programs.
                    _ = Value();
                    break;
                case "--soak":
                    options.Soak ??= TimeSpan.FromMinutes(30);
                    options.Without = [Peer.Reference, NginxPeer.Nginx, NoPeer.None];
                    break;
                case "--minutes":
                    options.Soak = double.TryParse(Value(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is >= 0.1 and <= 10_000
                        ? TimeSpan.FromMinutes(minutes)
                        : throw new UsageException("--minutes needs a number from 0.1 to 10000.");
                    break;
                case "--rounds":
                    rounds = (int)Number();
                    break;
                case "--mib":
                    mib = Number();
                    break;
                case "--only":
                    options.Only = Value().Split(',');
                    break;
                case "--without":
                    options.Without = Value().Split(',');
                    break;
                case "--gateway":
                    options.AddGateway(Value());
                    break;
                case "--gateway-arg":
                    options.GatewayArguments.Add(Value());
                    break;
                case "--keep":
                    options.Keep = Value();
                    break;
                case "--report":
                    options.Report = Value();
                    break;
                default:
                    throw new UsageException($"There is no option {name}.");
            }

            string Value() => queue.TryDequeue(out var value) ? value : throw new UsageException($"{name} needs a value.");

            long Number() => long.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1_000_000
                ? number
                : throw new UsageException($"{name} needs a number from 1 to 999999.");
        }

        if (options.IsQuick)
        {
            options.Rounds = 3;
            options.StreamBytes = 256L << 20;
        }

        options.Rounds = rounds > 0 ? rounds : options.Rounds;
        options.StreamBytes = mib > 0 ? mib << 20 : options.StreamBytes;
        if (options.Gateways.Count == 0)
        {
            options.Gateways.Add(("gateway", builtGateway, []));
        }

        return options;
    }

    /// <summary>Whether a figure of this name is asked for: <c>up</c> asks for <c>up-1</c> and <c>up-64</c>.</summary>
    public bool Wants(string figure) => Only.Length == 0 || Only.Any(wanted => figure == wanted || figure.StartsWith(wanted + "-", StringComparison.Ordinal));

    private void AddGateway(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var equals = words.Length == 0 ? -1 : words[0].IndexOf('=');
        var program = words.Length == 0 ? "" : words[0][(equals + 1)..];
        if (!File.Exists(program))
        {
            throw new UsageException($"There is no gateway '{program}'.");
        }

        var name = equals > 0 ? words[0][..equals] : Gateways.Count == 0 ? "gateway" : $"gateway{Gateways.Count + 1}";
        Gateways.Add((name, Path.GetFullPath(program), words[1..]));
    }
}
