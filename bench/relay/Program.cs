using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Headgate.Relay.Bench;
using Headgate.Relay.Bench.Figures;
using Headgate.Relay.Bench.Soak;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var root = Environment.GetEnvironmentVariable("HEADGATE_ROOT");
var configuration = Environment.GetEnvironmentVariable("HEADGATE_CONFIGURATION");
if (root is null || configuration is null)
{
    Console.Error.WriteLine("Run it by bench/relay/run.");
    return 2;
}

// The first process of a namespace gets no signal that it does not ask for.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));
try
{
    var options = Options.Parse(args, Path.Combine(root, "Gateway/bin", configuration, "net10.0/headgate-gateway"));
    if (options.Soak is { } length)
    {
        using var soaked = await World.StartAsync(options, root, configuration, hasWire: false);
        return await new SoakRun(soaked, soaked.Peers.Single(), length).RunAsync() ? 0 : 1;
    }

    Figure[] figures = [.. StreamFigure.All(options), .. StreamFigure.Segments(options), new ConnectionFigure(options), .. LatencyFigure.All(options), new MemoryFigure(options)];
    var samples = new Samples(options.Report ?? options.Keep, readOnly: options.Report is not null);
    var report = new Report(samples, Console.Out);
    if (options.Report is not null)
    {
        Array.ForEach(figures, report.Print);
    }
    else
    {
        var wanted = figures.Where(figure => options.Wants(figure.Name)).ToArray();
        if (wanted.Length == 0)
        {
            throw new UsageException($"No figure is called so. There are: {string.Join(", ", figures.Select(figure => figure.Name))}.");
        }

        var began = Stopwatch.StartNew();
        using var world = await World.StartAsync(options, root, configuration, hasWire: wanted.Any(figure => figure.IsOfWire));
        await new Rounds(world, options, samples, report).RunAsync(wanted);
        Console.WriteLine($"\nTook {began.Elapsed.TotalSeconds:0} s.");
    }

    report.PrintVerdicts(figures);
    return 0;
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (BenchException e)
{
    Console.Error.WriteLine($"FAILED: {e.Message}");
    return 1;
}
