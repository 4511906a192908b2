using System.Diagnostics;
using System.Globalization;
using Headgate.Gateway.Tests.Fuzzing;
using Headgate.Protocol.Tests.Fuzzing;
using Headgate.Repository.Tests.Fuzzing;
using Headgate.Testing.Fuzzing;

const int StuckSeconds = 30;
var (inputs, seed, corpus, one, names) = (10_000_000L, 1UL, "corpus", -1L, new List<string>());
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--inputs":
            inputs = long.Parse(args[++i], CultureInfo.InvariantCulture);
            break;
        case "--seed":
            seed = ulong.Parse(args[++i], CultureInfo.InvariantCulture);
            break;
        case "--input":
            one = long.Parse(args[++i], CultureInfo.InvariantCulture);
            break;
        case "--corpus":
            corpus = args[++i];
            break;
        default:
            names.Add(args[i]);
            break;
    }
}

IFuzzTarget[] all = [new ClientHelloTarget(), new ProxyHeaderTarget(), new ResticRequestTarget(), new EnrolmentCodeTarget(), new EventStreamTarget(), new ResumeLegTarget()];
var chosen = names.Count == 0 ? all : [.. all.Where(target => names.Contains(target.Name))];
if (chosen.Length < names.Count)
{
    Console.Error.WriteLine($"Unknown target; known are {string.Join(", ", all.Select(static target => target.Name))}.");
    return 2;
}

var failed = 0;
foreach (var target in chosen)
{
    var run = new FuzzRun(target, corpus);
    if (one >= 0)
    {
        File.WriteAllBytes($"{target.Name}-{one}", run.Make(seed, one));
        Console.WriteLine($"Input {one} of seed {seed} is in {target.Name}-{one}.");
        continue;
    }

    // An input that takes for ever never comes back to be counted; the process ends then.
    var seen = -1L;
    using var watchdog = new Timer(
        _ =>
        {
            if (run.Input == seen && seen >= 0)
            {
                Console.Error.WriteLine($"{target.Name}: input {seen} of seed {seed} takes more than {StuckSeconds} s.");
                Environment.Exit(1);
            }

            seen = run.Input;
        },
        null,
        TimeSpan.FromSeconds(StuckSeconds),
        TimeSpan.FromSeconds(StuckSeconds));
    var watch = Stopwatch.StartNew();
    try
    {
        run.RunCorpus();
        run.RunMutations(seed, inputs, "failed");
        run.RequireFlatHeap();
    }
    catch (FuzzException fault)
    {
        failed++;
        Console.Error.WriteLine(fault);
    }

    seen = -1;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name}: {run.Input + 1:n0} inputs of seed {seed} in {watch.Elapsed.TotalSeconds:n0} s; heap {string.Join(", ", run.Heap.Select(static bytes => $"{bytes / 1048576.0:n2}"))} MiB; "
        + $"{string.Join(", ", run.Outcomes.OrderByDescending(static pair => pair.Value).Select(static pair => $"{pair.Key} {pair.Value:n0}"))}"));
}

return failed == 0 ? 0 : 1;
