using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Silo.Bench;
using Microsoft.Extensions.DependencyInjection;

const int Repositories = 20;
var quick = args.Contains("--quick");
var (gateways, resyncs) = quick ? (100, 1_000) : (1_000, 10_000);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("hg-bench-").FullName;
using var provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
var meters = provider.GetRequiredService<IMeterFactory>();
try
{
    using var server = new ServerProcess(args[0], folder);
    var port = FreePort();
    await server.StartAsync(port);
    for (var i = 1; i <= Repositories; i++)
    {
        await server.AskAsync("repository", "add", $"repo{i}", "--address", $"192.0.2.{i}:6183", "--code-only");
    }

    Console.WriteLine($"{gateways} gateways, {Repositories} repositories, {Environment.ProcessorCount} processors");
    var identities = await EnrolAsync(server, gateways);
    var fleet = identities.Select(identity => new SimulatedGateway(identity, meters)).ToArray();
    await Task.WhenAll(fleet.Select(gateway => gateway.StartAsync()));
    await AllHeardAsync(fleet);

    // Steady: what heartbeats and open streams cost.
    var (cpu, clock) = (server.CpuSeconds, Stopwatch.StartNew());
    await Task.Delay(TimeSpan.FromSeconds(quick ? 5 : 20));
    Say("steady", $"{(server.CpuSeconds - cpu) / clock.Elapsed.TotalSeconds:0.00} processors, {server.ResidentMiB:0} MiB");

    // The silo dies and is back after 10 s, in which everybody's wait has grown.
    await server.KillAsync();
    await Task.Delay(TimeSpan.FromSeconds(10));
    foreach (var gateway in fleet)
    {
        gateway.Answered.Forget();
    }

    await server.StartAsync(port);
    var began = Stopwatch.GetTimestamp();
    cpu = server.CpuSeconds;
    await AllHeardAsync(fleet);
    var heartbeats = fleet.Select(gateway => Seconds(began, gateway.Answered.Heartbeat)).Order().ToArray();
    var streams = fleet.Select(gateway => Seconds(began, gateway.Answered.Event)).Order().ToArray();
    Say("reconnect", $"heartbeats: half after {heartbeats[gateways / 2]:0.0} s, all after {heartbeats[^1]:0.0} s; streams: half after {streams[gateways / 2]:0.0} s, all after {streams[^1]:0.0} s");
    Say("reconnect", $"{server.CpuSeconds - cpu:0.0} CPU s, {server.ResidentMiB:0} MiB, peak {server.PeakMiB:0} MiB");

    foreach (var gateway in fleet)
    {
        await gateway.DisposeAsync();
    }

    await ResyncAsync(server, identities, resyncs);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task<ProgramIdentity[]> EnrolAsync(ServerProcess server, int count)
{
    var text = await server.AskAsync("fleet", "add", "bench", "--max", count.ToString(CultureInfo.InvariantCulture), "--code-only");
    if (!EnrolmentCode.TryParse(text, out var code))
    {
        throw new InvalidOperationException($"No code: {text}");
    }

    var clock = Stopwatch.StartNew();
    var made = new ProgramIdentity[count];
    await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, token) =>
    {
        // All sources together may enrol 600 in a minute.
        for (var isMade = false; !isMade;)
        {
            try
            {
                var place = new FleetGateway($"gtw{i + 1}", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}", 6180, FleetGateway.Direct);
                made[i] = await EnrolmentClient.EnrolAsync(code, place, null, dialToken => DialAsync(code, i, dialToken), "bench", TimeProvider.System, token);
                isMade = true;
            }
            catch (ProblemException refused) when (refused.Code == ProblemCodes.TooMany)
            {
                await Task.Delay(TimeSpan.FromSeconds(5), token);
            }
        }
    });
    Say("enrolment", $"{count} in {clock.Elapsed.TotalSeconds:0} s (600 may in a minute)");
    return made;
}

static async Task<Stream> DialAsync(EnrolmentCode code, int i, CancellationToken cancellationToken)
{
    // Each from an address of its own, as gateways do.
    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    socket.Bind(new IPEndPoint(new IPAddress([127, 9, (byte)(1 + (i >> 8)), (byte)(i & 255)]), 0));
    await socket.ConnectAsync(code.Host, code.Port, cancellationToken);
    return new NetworkStream(socket, ownsSocket: true);
}

static async Task AllHeardAsync(SimulatedGateway[] fleet)
{
    while (fleet.Any(gateway => gateway.Answered.Heartbeat == 0 || gateway.Answered.Event == 0))
    {
        await Task.Delay(50);
    }
}

async Task ResyncAsync(ServerProcess server, ProgramIdentity[] identities, int count)
{
    var clients = identities.Select(identity => new EdgeClient(identity, TimeProvider.System)).ToArray();
    await server.AskAsync("gateway", "list", "--json");
    var (cpu, clock, bytes) = (server.CpuSeconds, Stopwatch.StartNew(), 0L);
    await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
    {
        await foreach (var happened in clients[i % clients.Length].StreamAsync(null, token))
        {
            Interlocked.Add(ref bytes, happened.Kind == EdgeEventKinds.Snapshot ? happened.Data.Length : 0);
            break;
        }
    });
    Say("resyncs", $"{count} streams from the beginning in {clock.Elapsed.TotalSeconds:0.0} s: {count / clock.Elapsed.TotalSeconds:0}/s, {bytes / count / 1024.0:0.0} KiB each");
    Say("resyncs", $"{server.CpuSeconds - cpu:0.0} CPU s, {server.ResidentMiB:0} MiB, peak {server.PeakMiB:0} MiB");
    foreach (var client in clients)
    {
        client.Dispose();
    }
}

static double Seconds(long from, long to) => Math.Max(0, Stopwatch.GetElapsedTime(from, to).TotalSeconds);

static void Say(string what, string figures) => Console.WriteLine($"{what,-10} {figures}");

static int FreePort()
{
    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    return ((IPEndPoint)socket.LocalEndPoint!).Port;
}
