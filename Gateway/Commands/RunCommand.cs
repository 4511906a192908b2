using System.CommandLine;
using System.Runtime.InteropServices;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Services;

namespace Headgate.Gateway.Commands;

/// <summary><c>headgate-gateway run</c>: serves until SIGTERM or SIGINT, then drains; a second signal ends it at once.</summary>
internal static class RunCommand
{
    /// <summary>Ended by a second signal.</summary>
    private const int EndedAtOnce = 130;

    public static Command Create(Option<string> data)
    {
        var defaults = new GatewayOptions();
        var code = new Option<string?>("--code") { Description = "Enrol with this code first, when the folder holds no identity yet; - reads it from standard input, where no process list shows it." };
        var listen = new Option<string[]>("--listen")
        {
            Description = "ADDRESS:PORT to take tenants on ([ADDRESS]:PORT for IPv6). May be given several times.",
            Required = true,
        };
        var drain = Seconds("--drain-timeout", "Seconds that streams may go on after a stop was asked for.", defaults.DrainTimeout);
        var hello = Seconds("--hello-timeout", "Seconds from accept to the end of the ClientHello.", defaults.HelloTimeout);
        var dial = Seconds("--dial-timeout", "Seconds for connecting to a target.", defaults.DialTimeout);
        var idle = Seconds("--idle-timeout", "Seconds without a byte either way, then a stream is reset.", defaults.IdleTimeout);
        var stall = Seconds("--stall-timeout", "Seconds in which a side must take a buffer, or the stream is reset.", defaults.StallTimeout);
        var connections = Number("--max-connections", "Connections open at once.", defaults.MaxConnections);
        var perSource = Number("--max-connections-per-source", "Connections open at once from one IPv4 address or IPv6 /64.", defaults.MaxConnectionsPerSource);
        var handshakes = Number("--max-handshakes", "Connections at once that have not been led anywhere.", defaults.MaxHandshakes);
        var handshakesPerSource = Number("--max-handshakes-per-source", "The same, from one IPv4 address or IPv6 /64.", defaults.MaxHandshakesPerSource);
        var perTenant = Number("--max-connections-per-tenant", "Connections relayed at once for one tenant.", defaults.MaxConnectionsPerTenant);
        var exempt = new Option<string[]>("--exempt")
        {
            Description = "Network whose addresses have no limits of their own (per source, unknown names), such as 203.0.113.0/24. May be given several times.",
            HelpName = "NETWORK",
        };
        var reserve = Number("--descriptor-reserve", "Descriptors kept for everything but connections.", defaults.DescriptorReserve);
        var unknown = Number("--unknown-names-per-minute", "Unknown names one source may have looked up each minute.", defaults.UnknownNamesPerMinute);
        var buffer = Number("--relay-buffer", "Bytes moved at a time, for each direction.", defaults.RelayBufferBytes);
        var engine = new Option<RelayEngine>("--relay-engine")
        {
            Description = "What moves the bytes: epoll (Linux), managed (everywhere) or auto.",
            DefaultValueFactory = _ => defaults.RelayEngine,
            HelpName = "auto|epoll|managed",
        };
        var loops = Number("--relay-loops", "Event loops of the epoll engine; 0: one for each processor.", defaults.RelayLoops);
        var pin = new Option<bool>("--relay-pin")
        {
            Description = "Each event loop stays on one processor, where there is one for each.",
            DefaultValueFactory = _ => defaults.RelayPin,
            HelpName = "true|false",
        };
        var pipeSize = Number("--relay-pipe-size", "Bytes a pipe of the epoll engine holds.", defaults.RelayPipeBytes);
        var pipes = Number("--relay-pipes", "Pipes the epoll engine holds at most.", defaults.RelayPipes);
        var command = new Command("run", "Serve tenants. Ends on SIGTERM or SIGINT after streams have drained; a second signal ends it at once.")
        {
            data, code, listen, drain, hello, dial, idle, stall, connections, perSource, handshakes, handshakesPerSource, perTenant, exempt, reserve, unknown, buffer,
            engine, loops, pin, pipeSize, pipes,
        };
        var fleet = new FleetOptions();
        fleet.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            var place = fleet.Of(parsed);
            var options = new GatewayOptions
            {
                DataFolder = parsed.GetValue(data)!,
                Code = parsed.GetValue(code) is { } given ? await CodeText.ReadAsync(given, Console.In, token) : null,
                Id = place.Id,
                Address = place.Address,
                Mode = place.Mode,
                DrainTimeout = Duration(parsed.GetValue(drain)),
                HelloTimeout = Duration(parsed.GetValue(hello)),
                DialTimeout = Duration(parsed.GetValue(dial)),
                IdleTimeout = Duration(parsed.GetValue(idle)),
                StallTimeout = Duration(parsed.GetValue(stall)),
                MaxConnections = parsed.GetValue(connections),
                MaxConnectionsPerSource = parsed.GetValue(perSource),
                MaxHandshakes = parsed.GetValue(handshakes),
                MaxHandshakesPerSource = parsed.GetValue(handshakesPerSource),
                MaxConnectionsPerTenant = parsed.GetValue(perTenant),
                DescriptorReserve = parsed.GetValue(reserve),
                UnknownNamesPerMinute = parsed.GetValue(unknown),
                RelayBufferBytes = parsed.GetValue(buffer),
                RelayEngine = parsed.GetValue(engine),
                RelayLoops = parsed.GetValue(loops),
                RelayPin = parsed.GetValue(pin),
                RelayPipeBytes = parsed.GetValue(pipeSize),
                RelayPipes = parsed.GetValue(pipes),
                Ready = endPoints => Console.Out.WriteLine("ready headgate-gateway " + string.Join(' ', endPoints)),
            };
            foreach (var text in parsed.GetValue(listen)!)
            {
                options.Listen.Add(text);
            }

            foreach (var text in parsed.GetValue(exempt) ?? [])
            {
                options.Exempt.Add(text);
            }

            return await ServiceManager.RunAsync(
                "headgate-gateway",
                Path.Combine(options.DataFolder, "log"),
                (manager, asked) =>
                {
                    options.Manager = manager;
                    return RunUntilSignalAsync(options, asked);
                },
                CancellationToken.None);
        });
        return command;
    }

    private static async Task<int> RunUntilSignalAsync(GatewayOptions options, CancellationToken asked)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(asked);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        return await GatewayHost.RunAsync(options, stop.Token);

        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (stop.IsCancellationRequested)
            {
                Environment.Exit(EndedAtOnce);
            }

            stop.Cancel();
        }
    }

    /// <summary>What no duration can hold goes to the validator as one that it refuses.</summary>
    private static TimeSpan Duration(double seconds) => double.IsNaN(seconds) ? TimeSpan.MinValue : TimeSpan.FromSeconds(Math.Clamp(seconds, -1, 1e9));

    private static Option<double> Seconds(string name, string description, TimeSpan byDefault) =>
        new(name) { Description = description, DefaultValueFactory = _ => byDefault.TotalSeconds, HelpName = "SECONDS" };

    private static Option<int> Number(string name, string description, int byDefault) =>
        new(name) { Description = description, DefaultValueFactory = _ => byDefault, HelpName = "NUMBER" };
}
