using System.Diagnostics;
using Headgate.Grains.Bench;
using Headgate.Grains.Embedded.Tests.Stress;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

if (args is ["--stress", .. var rest])
{
    return await StressAsync(rest is [var calls] ? int.Parse(calls) : 10_000_000);
}

var (perRound, rounds) = args is ["--quick"] ? (50_000, 3) : (1_000_000, 9);
using var host = Start();
await host.StartAsync();
var client = host.Services.GetRequiredService<IClusterClient>();
using var token = new CancellationTokenSource();

Console.WriteLine($"{perRound} calls a round, medians of {rounds} rounds; {Environment.ProcessorCount} processors, .NET {Environment.Version}");
Console.WriteLine($"{"",-48}{"ns a call",12}{"median ns",12}{"p99 ns",12}{"bytes a call",14}");
await RowAsync("direct await, no engine", 1, static _ => new DirectCounter());
await RowAsync("SemaphoreSlim", 1, static _ => new SemaphoreCounter());
await RowAsync("Channel actor", 1, static _ => new ChannelCounter());
await RowAsync("grain", 1, i => client.GetGrain<ICounter>($"one{i}"));
await RowAsync("grain, with a token", 1, i => client.GetGrain<ICounter>($"one{i}"), token.Token);
await GrainRowAsync("grain to grain", 1, "other");
await RowAsync("direct await, no engine", 64, static _ => new DirectCounter());
await SharedAsync("SemaphoreSlim", "one actor", new SemaphoreCounter());
await RowAsync("SemaphoreSlim, an actor each", 64, static _ => new SemaphoreCounter());
await SharedAsync("Channel actor", "one actor", new ChannelCounter());
await RowAsync("Channel actor, an actor each", 64, static _ => new ChannelCounter());
await SharedAsync("grain", "one grain", client.GetGrain<ICounter>("shared"));
await RowAsync("grain, a grain each", 64, i => client.GetGrain<ICounter>($"own{i}"));
await GrainRowAsync("grain to grain, a pair each", 64, "peer");
await host.StopAsync();
return 0;

Task SharedAsync(string name, string what, ICounter one) => RowAsync($"{name}, {what} for all", 64, _ => one);

Task RowAsync(string name, int callers, Func<int, ICounter> counter, CancellationToken cancellationToken = default) => PrintAsync(
    name, [.. Enumerable.Range(0, callers).Select(counter).Select(c => (Func<int, Task<long[]>>)(calls => Caller.RunAsync(c, calls, cancellationToken)))]);

Task GrainRowAsync(string name, int callers, string peer) => PrintAsync(
    name, [.. Enumerable.Range(0, callers).Select(i => (Func<int, Task<long[]>>)(calls => client.GetGrain<ICounter>($"from{i}").CallAsync($"{peer}{i}", calls)))]);

async Task PrintAsync(string name, Func<int, Task<long[]>>[] callers)
{
    var m = await Measurement.OfAsync(callers, perRound, rounds);
    Console.WriteLine($"{$"{callers.Length,2} x {name}",-48}{m.PerCall,12:n0}{m.Median,12:n0}{m.P99,12:n0}{m.Bytes,14:n0}");
}

static IHost Start(Action<ISiloBuilder>? configure = null)
{
    var builder = Host.CreateEmptyApplicationBuilder(new());
    builder.Logging.SetMinimumLevel(LogLevel.None);
    builder.UseOrleans(configure ?? (static _ => { }));
    return builder.Build();
}

// The same run as in Grains.Embedded.Tests, longer and over more grains.
static async Task<int> StressAsync(int calls)
{
    using var host = Start(static silo => silo.Configure<GrainCollectionOptions>(StressRun.Collection));
    await host.StartAsync();
    var watch = Stopwatch.StartNew();
    var run = new StressRun(host.Services.GetRequiredService<IClusterClient>(), calls, Keys: 10_000);
    await run.RunAsync(static line => Console.WriteLine(line));
    await host.StopAsync();
    Console.WriteLine($"{run} in {watch.Elapsed.TotalSeconds:n0} s");
    var faults = run.Faults();
    faults.ForEach(static fault => Console.Error.WriteLine($"FAULT: {fault}"));
    return faults.Count == 0 ? 0 : 1;
}
